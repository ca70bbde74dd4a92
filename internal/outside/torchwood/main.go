// Command torchwood verifies a sealed log with filippo.io/torchwood: the checkpoint by the log's key, then every event through the tiles of hashes.
//
//	torchwood FOLDER|URL VKEY
//
// It is a module of its own, so that the project does not depend on what it is measured with. A token for the events is taken from LOG_TOKEN.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	size, root, err := verify(context.Background(), os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("verified %d events with root %s\n", size, root)
}

// reader gives tiles and the checkpoint, from wherever they are.
type reader interface {
	torchwood.TileReader
	ReadEndpoint(ctx context.Context, path string) ([]byte, error)
}

func open(base string) (reader, error) {
	if strings.HasPrefix(base, "http") {
		client := &http.Client{Transport: bearer(os.Getenv("LOG_TOKEN")), Timeout: time.Minute}
		return torchwood.NewTileFetcher(base, torchwood.WithHTTPClient(client))
	}
	return torchwood.NewTileFS(os.DirFS(base))
}

// bearer sends a token with every request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}

func verify(ctx context.Context, base, vkey string) (size int64, root tlog.Hash, err error) {
	key, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, root, err
	}
	tiles, err := open(base)
	if err != nil {
		return 0, root, err
	}
	signed, err := tiles.ReadEndpoint(ctx, "checkpoint")
	if err != nil {
		return 0, root, err
	}
	policy := torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(key.Name()), torchwood.SingleVerifierPolicy(key))
	checkpoint, _, err := torchwood.VerifyCheckpoint(signed, policy)
	if err != nil {
		return 0, root, err
	}
	client, err := torchwood.NewClient(tiles)
	if err != nil {
		return 0, root, err
	}
	seen := int64(0)
	for i := range client.AllEntries(ctx, checkpoint.Tree, 0) {
		if i != seen {
			return 0, root, fmt.Errorf("entry %d comes where %d must", i, seen)
		}
		seen++
	}
	if err := client.Err(); err != nil {
		return 0, root, err
	}
	if seen != checkpoint.N {
		return 0, root, fmt.Errorf("%d entries of %d", seen, checkpoint.N)
	}
	return checkpoint.N, checkpoint.Hash, nil
}
