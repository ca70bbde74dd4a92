package dossier

import (
	"fmt"
	"html"
	"strings"

	"thidua/domain"
)

// page writes one HTML page in one language. Every text goes through it and is escaped.
type page struct {
	strings.Builder
	lang string
}

// say chooses the language.
func (p *page) say(vi, en string) string { return domain.Text{VI: vi, EN: en}.In(p.lang) }

// name chooses the language of a body's name; one without an English name has its own in both.
func (p *page) name(n domain.Names) string {
	if p.lang == "vi" || n.EN == "" {
		return n.VI
	}
	return n.EN
}

// number writes an exact decimal for people: with a comma in Vietnamese.
func (p *page) number(text string) string {
	if p.lang == "vi" {
		return strings.Replace(text, ".", ",", 1)
	}
	return text
}

// element writes an element with a text in it.
func (p *page) element(tag, text string) {
	fmt.Fprintf(p, "<%s>%s</%s>\n", tag, html.EscapeString(text), tag)
}

// facts writes pairs of a word and what it is.
func (p *page) facts(pairs ...string) {
	p.WriteString("<dl>\n")
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(p, "<dt>%s</dt><dd>%s</dd>\n", html.EscapeString(pairs[i]), html.EscapeString(pairs[i+1]))
		}
	}
	p.WriteString("</dl>\n")
}

// table writes a table with a caption. Columns whose heads begin with "#" hold numbers. One without rows is a sentence.
func (p *page) table(caption string, heads []string, rows [][]string) {
	if len(rows) == 0 {
		p.element("p", caption+": "+p.say("không có.", "none."))
		return
	}
	fmt.Fprintf(p, "<table>\n<caption>%s</caption>\n<thead><tr>", html.EscapeString(caption))
	for _, head := range heads {
		fmt.Fprintf(p, `<th scope="col">%s</th>`, html.EscapeString(strings.TrimPrefix(head, "#")))
	}
	p.WriteString("</tr></thead>\n<tbody>\n")
	for _, row := range rows {
		p.WriteString("<tr>")
		for i, cell := range row {
			class := ""
			if strings.HasPrefix(heads[i], "#") {
				class = ` class="n"`
			}
			fmt.Fprintf(p, "<td%s>%s</td>", class, html.EscapeString(cell))
		}
		p.WriteString("</tr>\n")
	}
	p.WriteString("</tbody>\n</table>\n")
}

// pageStyle is plain and prints on A4: no colour carries a meaning, tables repeat their heads, rows don't break.
const pageStyle = `
:root { color-scheme: light }
body { font: 11pt/1.5 "Times New Roman", "Liberation Serif", serif; color: #000; background: #fff; max-width: 190mm; margin: 0 auto; padding: 10mm }
h1 { font-size: 16pt; line-height: 1.3; margin: 0 0 4mm } h2 { font-size: 13pt; margin: 8mm 0 2mm; break-after: avoid } h3 { font-size: 11pt; margin: 5mm 0 1mm; break-after: avoid }
p { margin: 1mm 0 } .note { border: 1px solid #000; padding: 2mm 3mm }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 4mm; margin: 2mm 0 } dt { font-weight: bold } dd { margin: 0; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: 2mm 0 4mm; font-size: 9.5pt } caption { text-align: left; font-weight: bold; padding-bottom: 1mm }
th, td { border: 1px solid #555; padding: 0.6mm 1.5mm; text-align: left; vertical-align: top } td { overflow-wrap: anywhere } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
thead { display: table-header-group } tr { break-inside: avoid }
@page { size: A4; margin: 15mm 12mm } @media print { body { padding: 0; max-width: none } }
`

// newPage begins a page.
func newPage(lang, title string) *page {
	p := &page{lang: lang}
	fmt.Fprintf(p, "<!doctype html>\n<html lang=\"%s\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n", lang)
	p.WriteString(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` + "\n")
	fmt.Fprintf(p, "<title>%s</title>\n<style>%s</style>\n<body>\n<main>\n<h1>%s</h1>\n", html.EscapeString(title), pageStyle, html.EscapeString(title))
	return p
}

// end ends the page.
func (p *page) end() []byte {
	p.WriteString("</main>\n</body>\n</html>\n")
	return []byte(p.String())
}
