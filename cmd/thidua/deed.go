package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"

	"thidua/domain"
)

// deed is a command of a person on its way onto the record: it finds people, seals texts and stores files, and keeps the first thing that went
// wrong until the end.
type deed struct {
	app         *app
	place       *place
	disclosures []domain.Disclosure
	// said is what the command says, without what can name a person. The same said again is the same command.
	said []string
	err  error
}

// moment reads the time that a flag gives, now where it gives none.
func (d *deed) moment(text, flag string) (domain.Instant, error) {
	if text == "" {
		return domain.InstantOf(d.app.now()), nil
	}
	return dayOrMoment(text, flag, false)
}

// dayOrMoment reads a moment, or a day of Việt Nam: its first second, or its last.
func dayOrMoment(text, flag string, last bool) (domain.Instant, error) {
	if day, err := domain.ParseDate(text); err == nil {
		text = string(day) + "T00:00:00+07:00"
		if last {
			text = string(day) + "T23:59:59+07:00"
		}
	}
	at, err := domain.ParseInstant(text)
	if p, ok := errors.AsType[*domain.Problem](err); ok {
		return at, &usageError{domain.Text{VI: flag + ": " + p.Text.VI, EN: flag + ": " + p.Text.EN}}
	}
	return at, err
}

// person finds the ref of an account, and registers who has none.
func (d *deed) person(ctx context.Context, account string) (ref string) {
	if d.err == nil {
		ref, d.err = d.app.officer(ctx, d.place, account)
	}
	return ref
}

// seal makes a text disclosable, nil where there is none.
func (d *deed) seal(field, text string) *domain.Disclosable {
	text, err := domain.ParseText(strings.TrimSpace(text))
	if d.err = errors.Join(d.err, err); d.err != nil || text == "" {
		return nil
	}
	sealed, disclosure, err := d.place.log.Seal(field, text)
	d.disclosures, d.err = append(d.disclosures, disclosure), err
	return sealed
}

// file stores a file as evidence.
func (d *deed) file(ctx context.Context, name, mediaType string) []domain.Evidence {
	content, err := readLimited(name)
	if d.err = errors.Join(d.err, err); d.err != nil {
		return nil
	}
	sum := sha256.Sum256(content)
	file := domain.Evidence{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content)), MediaType: mediaType, Name: d.seal("name", filepath.Base(name))}
	d.said = append(d.said, file.SHA256)
	if d.err == nil {
		d.err = d.place.log.PutEvidence(ctx, file.SHA256, file.Size, bytes.NewReader(content))
	}
	return []domain.Evidence{file}
}

// do carries the command out.
func (d *deed) do(ctx context.Context, words, season string, c domain.Command) (domain.Position, error) {
	if d.err != nil {
		return 0, d.err
	}
	name := append([]string{words}, d.said...)
	issue := domain.Issue{ID: d.place.log.CommandID(name...), Digest: domain.Digest(name), Actor: "system:operator", Disclosures: d.disclosures}
	return domain.Execute(ctx, d.place.log, season, c, issue, d.app.now)
}
