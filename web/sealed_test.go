package web_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/seal"
	"thidua/web"
)

const inspectorsToken = "an inspector's token"

// sealedLog publishes a log of some sizes and returns its folder.
func sealedLog(t *testing.T, sizes ...int64) string {
	t.Helper()
	dir := t.TempDir()
	key, err := seal.NewKey(rand.NewChaCha8([32]byte{1}), "thidua.example.vn/log")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := seal.NewSigner(filepath.Join(dir, "head"), key)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := seal.OpenFolder(filepath.Join(dir, "log"), signer.Head())
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range sizes {
		publish(t, folder, signer, size)
	}
	return filepath.Join(dir, "log")
}

func publish(t *testing.T, folder *seal.Folder, signer *seal.Signer, size int64) {
	t.Helper()
	before, _ := folder.Head()
	var events [][]byte
	for i := before; i < size; i++ {
		events = append(events, fmt.Appendf(nil, `{"event":"%d"}`, i))
	}
	if err := folder.Append(events); err != nil {
		t.Fatal(err)
	}
	proof, err := folder.Tree().Consistency(before)
	if err != nil {
		t.Fatal(err)
	}
	size, root := folder.Head()
	c, err := signer.Sign(size, root, proof)
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Publish(c); err != nil {
		t.Fatal(err)
	}
}

// admits lets the bearer of one token in.
func admits(only string) web.Admit {
	return func(_ context.Context, token string) (string, error) {
		if token != only {
			return "", domain.ErrNotFound
		}
		return "who has it", nil
	}
}

// public is the public address over a sealed log, and the same through a process that has it from there.
func public(t *testing.T, dir string) map[string]http.Handler {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	here := web.Public(record{}, web.Sealed{
		Files: os.DirFS(dir), Inspector: admits(inspectorsToken),
	}, web.Events{}, log)
	server := httptest.NewServer(here)
	t.Cleanup(server.Close)
	there, err := url.Parse(server.URL + "/log/")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]http.Handler{"here": here, "elsewhere": web.Public(record{}, web.Sealed{Elsewhere: there}, web.Events{}, log)}
}

func askAs(h http.Handler, token, target string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, target, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	h.ServeHTTP(w, r)
	return w
}

// Every tile of every size is served as its tree had it, below asof also once the log has grown over it.
func TestSealedAtEverySize(t *testing.T) {
	sizes := []int64{0, 1, 255, 256, 257, 700}
	dir := sealedLog(t, sizes...)
	files := os.DirFS(dir)
	for name, h := range public(t, dir) {
		for _, size := range sizes {
			base := fmt.Sprintf("/log/asof/%d/", size)
			want, err := seal.CheckpointAt(files, size)
			if err != nil {
				t.Fatal(err)
			}
			if got := askAs(h, "", base+"checkpoint"); !bytes.Equal(got.Body.Bytes(), want.Note) {
				t.Errorf("%s: checkpoint of %d: %d %s", name, size, got.Code, got.Body)
			}
			for tile := range seal.Tiles(size) {
				path := seal.Path(tile.L, tile.N, tile.W)
				if tile.L < 0 {
					path = seal.EntriesPath(tile.N, tile.W)
				}
				want, err := seal.NewTree(files, size).Tile(tile)
				if err != nil {
					t.Fatal(err)
				}
				for _, prefix := range []string{base, "/log/"} {
					if got := askAs(h, inspectorsToken, prefix+path); !bytes.Equal(got.Body.Bytes(), want) {
						t.Errorf("%s: %s%s: %d", name, prefix, path, got.Code)
					}
				}
			}
		}
	}
}

// The types, how long each may be kept, and who may have it.
func TestSealedHeaders(t *testing.T) {
	const (
		note   = "text/plain; charset=utf-8"
		tile   = "application/octet-stream"
		always = "max-age=31536000, immutable"
	)
	none := head{http.StatusNotFound, problemType, "no-store", ""}
	shut := head{http.StatusUnauthorized, problemType, "no-store", `Bearer realm="log"`}
	for name, h := range public(t, sealedLog(t, 0, 300, 600)) {
		for _, tc := range []struct {
			token, target string
			want          head
		}{
			{"", "/log/checkpoint", head{200, note, "no-cache", ""}},
			{"", "/log/checkpoints", head{200, note, "no-cache", ""}},
			{"", "/log/witnessed", none},
			{"", "/log/tile/0/000", head{200, tile, "public, " + always, ""}},
			{"", "/log/tile/0/002.p/17", head{200, tile, "public, " + always, ""}},
			{"", "/log/tile/1/000.p/2", head{200, tile, "public, " + always, ""}},
			{"", "/log/tile/entries/000", shut},
			{"", "/log/asof/300/tile/entries/000", shut},
			{"another token", "/log/tile/entries/000", shut},
			{inspectorsToken, "/log/tile/entries/000", head{200, tile, "private, " + always, ""}},
			{inspectorsToken, "/log/asof/300/tile/entries/001.p/44", head{200, tile, "private, " + always, ""}},
			{"", "/log/asof/300/checkpoint", head{200, note, "no-cache", ""}},
			{"", "/log/asof/301/checkpoint", none},
			{"", "/log/asof/0300/checkpoint", none},
			{"", "/log/asof/-1/checkpoint", none},
			{"", "/log/asof/601/tile/0/000", none},
			{"", "/log/asof/200/tile/0/000", none},
			{"", "/log/tile/0/002", none},
			{"", "/log/tile/0/002.p/89", none},
			{"", "/log/tile/0/000.p/0", none},
			{"", "/log/tile/0/0", none},
			{"", "/log/tile/00/000", none},
			{"", "/log/tile/0/000/", none},
			{"", "/log/head", none},
			{"", "/log/", none},
			{"", "/log/checkpoint?x=1", head{http.StatusBadRequest, problemType, "no-store", ""}},
		} {
			if diff := cmp.Diff(tc.want, headOf(askAs(h, tc.token, tc.target))); diff != "" {
				t.Errorf("%s: %s: (-want +got):\n%s", name, tc.target, diff)
			}
		}
	}
}

// head is what is told before an answer's body. Of several headers of a name it has all.
type head struct {
	Status           int
	Type, Keep, Asks string
}

func headOf(w *httptest.ResponseRecorder) head {
	all := func(name string) string { return strings.Join(w.Header().Values(name), " and ") }
	return head{w.Code, all("Content-Type"), all("Cache-Control"), all("WWW-Authenticate")}
}

// A log's address says nothing where there is no log, and that the other is away where it is kept elsewhere.
func TestSealedNowhere(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	if w := askAs(web.Public(record{}, web.Sealed{}, web.Events{}, log), "", "/log/checkpoint"); w.Code != http.StatusNotFound {
		t.Errorf("without a log: %d", w.Code)
	}
	if w := askAs(web.Public(record{}, web.Sealed{Files: os.DirFS(t.TempDir())}, web.Events{}, log), "", "/log/checkpoint"); w.Code != http.StatusNotFound {
		t.Errorf("before the first checkpoint: %d", w.Code)
	}
	away, err := url.Parse("http://127.0.0.1:1/log")
	if err != nil {
		t.Fatal(err)
	}
	if w := askAs(web.Public(record{}, web.Sealed{Elsewhere: away}, web.Events{}, log), "", "/log/checkpoint"); w.Code != http.StatusBadGateway {
		t.Errorf("where the other is away: %d", w.Code)
	}
}

// The largest checkpoint that was witnessed is served beside the published one, which may be larger.
func TestSealedWitnessed(t *testing.T) {
	dir := sealedLog(t, 300, 600)
	c, err := seal.CheckpointAt(os.DirFS(dir), 300)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "witnessed"), c.Note, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, h := range public(t, dir) {
		w := askAs(h, "", "/log/witnessed")
		if !bytes.Equal(w.Body.Bytes(), c.Note) || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %v %s", name, w.Code, w.Header(), w.Body)
		}
	}
}
