//go:build js && wasm

// Command wasm is the verifier of dossiers as a browser runs it. It gives the page one function, and knows neither files nor a network.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"syscall/js"
	"time"
	_ "time/tzdata" // seasons name their zones, and a browser gives a program none

	"thidua/domain"
	"thidua/seal/dossier"
)

func main() {
	js.Global().Set("verifyDossier", js.FuncOf(verify))
	select {} // for as long as the page is open
}

// answer is a verdict with the digest of the file that it is about.
type answer struct {
	dossier.Answer
	SHA256 string `json:"sha256"`
}

// verify is verifyDossier(bytes, key, policy, minutes, since, witnessedSince): the bytes of the zip and texts, "" where there is none. It gives JSON.
func verify(_ js.Value, args []js.Value) any {
	file := make([]byte, args[0].Get("byteLength").Int())
	js.CopyBytesToGo(file, args[0])
	ask := dossier.Ask{Key: args[1].String(), Policy: args[2].String(), Minutes: args[3].String()}
	if since := args[4].String(); since != "" {
		ask.Since = []byte(since)
	}
	if at, err := domain.ParseInstant(args[5].String()); err == nil {
		ask.WitnessedSince = at.Time()
	} else if args[5].String() != "" {
		ask.WitnessedSince = time.Unix(1<<40, 0) // what can't be read asks for more than anybody can give
	}
	sum := sha256.Sum256(file)
	verdict := dossier.Verify(bytes.NewReader(file), int64(len(file)), ask)
	text, err := json.Marshal(answer{verdict.Answer(), hex.EncodeToString(sum[:])})
	if err != nil {
		return err.Error()
	}
	return string(text)
}
