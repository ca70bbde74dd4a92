package outside_test

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"thidua/internal/page"
	"thidua/seal/dossier"
)

// browser starts a Chromium without a network and opens a file in it.
func browser(t *testing.T, path string) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && program == "" {
			program = found
		}
	}
	if program == "" {
		t.Fatal("there is no chromium: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+path)); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// judged lets the page verify a file with a key, and returns what it says in both languages: the verdict, and all of the page.
func judged(t *testing.T, ctx context.Context, path, key string) (verdict, all string) {
	t.Helper()
	err := chromedp.Do(ctx,
		chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{path}),
		chromedp.SetValue(chromedp.CSS("#key"), key),
		chromedp.Click(chromedp.CSS("#start")),
	)
	if err != nil {
		t.Fatal(err)
	}
	said, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`new Promise((done) => {
		const look = () => document.querySelector("#verdict.right, #verdict.wrong") ? done([document.querySelector("#verdict").textContent, document.body.textContent]) : setTimeout(look, 50);
		look();
	})`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return said[0], said[1]
}

// The page in the dossier verifies the dossier in a browser, from a file and without a network, ranks the season, and names any one file that was changed.
func TestPageVerifiesInABrowser(t *testing.T) {
	t.Parallel()
	file, key := exampleDossier(t, func(*dossier.Record) {})
	names, contents := filesOf(t, file)
	dir := t.TempDir()
	html, good, bad := filepath.Join(dir, page.Name), filepath.Join(dir, "good.zip"), filepath.Join(dir, "bad.zip")
	writeFile(t, html, contents[page.Name])
	writeFile(t, good, file)
	ctx := browser(t, html)
	verdict, all := judged(t, ctx, good, key.Public())
	if !strings.Contains(verdict, "right in every step") || !strings.Contains(verdict, "đúng trong mọi bước") || !strings.Contains(all, "937,08") || !strings.Contains(all, "Hội LHPN tỉnh Sơn La") {
		t.Fatalf("the page says %q and\n%s", verdict, all[:min(len(all), 4000)])
	}
	if verdict, _ := judged(t, ctx, good, "thidua.example.vn/log+00000000+AAAA"); !strings.Contains(verdict, "FAILED") {
		t.Errorf("with another key the page says %q", verdict)
	}
	evidence := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, "evidence/") })
	proof := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, "proofs/") })
	tile := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, "tile/") })
	for _, name := range []string{
		"manifest", "checkpoint", "events.jsonl", "disclosures.jsonl", "ranking.json", "inputs.json", "report.vi.html", "listing.csv", page.Name, names[evidence], names[proof], names[tile],
	} {
		writeFile(t, bad, changedIn(t, names, contents, name))
		if verdict, _ := judged(t, ctx, bad, key.Public()); !strings.Contains(verdict, "FAILED") || !strings.Contains(verdict, name) {
			t.Errorf("%s was changed; the page says %q", name, verdict)
		}
	}
}

// changedIn packs a dossier again with one bit of one file changed.
func changedIn(t *testing.T, names []string, contents map[string][]byte, changed string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		content := bytes.Clone(contents[name])
		if name == changed {
			content[len(content)/2] ^= 1
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
