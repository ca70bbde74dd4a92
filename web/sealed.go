package web

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"

	"thidua/domain"
	"thidua/seal"
)

// Sealed is the sealed log as this process can serve it. The zero value serves nothing.
type Sealed struct {
	// Files are the log's, as seal lays them out.
	Files fs.FS
	// Inspector judges a token: whether who has it may read the events themselves. Nil lets nobody.
	Inspector Admit
	// Elsewhere is the address, up to and with /log/, of the process that has the files, where this one has none.
	Elsewhere *url.URL
}

var (
	textNoToken = domain.Text{
		VI: "Nội dung sự kiện chỉ dành cho người kiểm tra: hãy gửi mã trong tiêu đề Authorization: Bearer. Mã do đơn vị vận hành cấp (thidua inspector add).",
		EN: "The events themselves are for inspectors: send the token in the header Authorization: Bearer. Who runs the record gives it (thidua inspector add).",
	}
	textNoTile = domain.Text{VI: "Sổ niêm phong không có tệp này.", EN: "The sealed log has no such file."}
	textNoSize = domain.Text{
		VI: "Không có chứng thực (checkpoint) nào được công bố ở đúng số sự kiện này.", EN: "No checkpoint was published at exactly this number of events.",
	}
	textNotWitnessed = domain.Text{
		VI: "Chưa có chứng thực (checkpoint) nào được đủ số người làm chứng ký.", EN: "No checkpoint has been cosigned by a quorum of witnesses yet.",
	}
	textNotHere = domain.Text{VI: "Máy chủ giữ sổ niêm phong tạm thời không trả lời.", EN: "The server that keeps the sealed log does not answer for now."}
)

// The headers that C2SP tlog-tiles asks for. A checkpoint is another a moment later; a tile never changes.
const (
	noteType      = "text/plain; charset=utf-8"
	tileType      = "application/octet-stream"
	changing      = "no-cache"
	forEver       = "public, max-age=31536000, immutable"
	forOneForEver = "private, max-age=31536000, immutable"
)

// routes lists what is served of the sealed log, the read interface of C2SP tlog-tiles: as it is, and below asof/<size>/ as it was.
func (s Sealed) routes() map[string]http.HandlerFunc {
	switch {
	case s.Elsewhere != nil:
		return map[string]http.HandlerFunc{"GET /log/": s.proxy()}
	case s.Files == nil:
		return nil
	}
	return map[string]http.HandlerFunc{
		"GET /log/checkpoint":                 s.checkpoint,
		"GET /log/checkpoints":                s.checkpoints,
		"GET /log/witnessed":                  s.witnessed,
		"GET /log/tile/{path...}":             s.tile,
		"GET /log/asof/{size}/checkpoint":     s.checkpointAt,
		"GET /log/asof/{size}/tile/{path...}": s.tile,
	}
}

// proxy passes a question on, with its token, and the answer back.
func (s Sealed) proxy() http.HandlerFunc {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = s.Elsewhere.Scheme, s.Elsewhere.Host, s.Elsewhere.Host
			r.Out.URL.Path = strings.TrimSuffix(s.Elsewhere.Path, "/") + strings.TrimPrefix(r.In.URL.Path, "/log")
			r.Out.URL.RawPath = ""
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.Header().Set("Cache-Control", "no-store")
			write(w, http.StatusBadGateway, textNotHere)
		},
	}
	return func(w http.ResponseWriter, r *http.Request) {
		clear(w.Header()) // what is there is said by the other, too
		proxy.ServeHTTP(w, r)
	}
}

func (s Sealed) checkpoint(w http.ResponseWriter, _ *http.Request) {
	c, err := seal.ReadCheckpoint(s.Files)
	if err != nil {
		refuse(w, err, textNoTile)
		return
	}
	if info, err := fs.Stat(s.Files, "checkpoint"); err == nil {
		w.Header().Set("Last-Modified", info.ModTime().UTC().Format(http.TimeFormat))
	}
	giveBytes(w, noteType, changing, c.Note)
}

// witnessed gives the largest checkpoint that a quorum of witnesses has cosigned; the published one may be larger.
func (s Sealed) witnessed(w http.ResponseWriter, _ *http.Request) {
	c, err := seal.ReadWitnessed(s.Files)
	if err != nil {
		refuse(w, err, textNotWitnessed)
		return
	}
	giveBytes(w, noteType, changing, c.Note)
}

func (s Sealed) checkpointAt(w http.ResponseWriter, r *http.Request) {
	size, ok := parseSize(r.PathValue("size"))
	if !ok {
		write(w, http.StatusNotFound, textNoPage)
		return
	}
	c, err := seal.CheckpointAt(s.Files, size)
	if err != nil {
		refuse(w, err, textNoSize)
		return
	}
	giveBytes(w, noteType, changing, c.Note) // a witness may sign it later
}

// checkpoints gives every checkpoint that was published, in parts for who asks for ranges.
func (s Sealed) checkpoints(w http.ResponseWriter, r *http.Request) {
	f, err := s.Files.Open("checkpoints")
	if err != nil {
		refuse(w, err, textNoTile)
		return
	}
	defer func() { _ = f.Close() }()
	content, ok := f.(io.ReadSeeker)
	if !ok {
		write(w, http.StatusNotFound, textNoTile)
		return
	}
	w.Header().Set("Content-Type", noteType)
	w.Header().Set("Cache-Control", changing)
	http.ServeContent(w, r, "", time.Time{}, content)
}

// tile gives a tile of the published log, or of what it was at a size. Any width is cut from the widest that is there.
func (s Sealed) tile(w http.ResponseWriter, r *http.Request) {
	published, err := seal.ReadCheckpoint(s.Files)
	if err != nil {
		refuse(w, err, textNoTile)
		return
	}
	size := published.Size
	if asOf := r.PathValue("size"); asOf != "" {
		var ok bool
		if size, ok = parseSize(asOf); !ok || size > published.Size {
			write(w, http.StatusNotFound, textNoPage)
			return
		}
	}
	path, keep := "tile/"+r.PathValue("path"), forEver
	if strings.HasPrefix(path, "tile/entries/") {
		if _, ok := s.Inspector.bearer(w, r, "log", textNoToken); !ok {
			return
		}
		keep = forOneForEver
	}
	data, err := seal.NewTree(s.Files, size).ReadFile(path)
	if err != nil {
		refuse(w, err, textNoTile)
		return
	}
	giveBytes(w, tileType, keep, data)
}

func parseSize(text string) (int64, bool) {
	size, err := strconv.ParseInt(text, 10, 64)
	return size, err == nil && size >= 0 && strconv.FormatInt(size, 10) == text
}

func refuse(w http.ResponseWriter, err error, none domain.Text) {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, domain.ErrNotFound) {
		write(w, http.StatusNotFound, none)
		return
	}
	write(w, http.StatusServiceUnavailable, textFailed)
}

func giveBytes(w http.ResponseWriter, mediaType, keep string, content []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", keep)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // a reader who is gone needs nothing
}
