package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"thidua/domain"
	"thidua/projections"
)

// unnamedAge is how old a disclosure or a piece of a file must be that nothing names, to be taken for what an import has left that was cut off.
const unnamedAge = 10 * time.Minute

// approvedErasure is an erasure that stands on the log.
type approvedErasure struct {
	*domain.DisclosureErased
	person   string
	position domain.Position
	// begun says that it may have been begun before: then a server may have been killed while it overwrote something, and leave it behind.
	begun bool
}

// carryOut does what an erasure on the log says, and returns when the read models say so too.
func (a *app) carryOut(ctx context.Context, p *place, e approvedErasure) error {
	if err := a.current(ctx, p); err != nil {
		return err
	}
	if err := a.purge(ctx, p, e); err != nil {
		return err
	}
	return a.current(ctx, p)
}

// purge takes what an erasure names out of everything, where the read models have come to it. Each step finds by itself what is left to do, so one that
// was cut off anywhere is gone on with: copies that no event names, for which the texts are still needed; the stores; then the read models, which by then
// can read the texts nowhere; the results of tasks; then what the database has kept of them in its files. Last it is said on the log that this was done.
func (a *app) purge(ctx context.Context, p *place, e approvedErasure) error {
	if err := a.forget(ctx, p, e); err != nil {
		return err
	}
	name := []string{"disclosure.purged", strconv.FormatUint(e.position, 10)}
	_, err := p.log.Append(ctx, domain.Append{
		Issue:   domain.Issue{ID: p.log.CommandID(name...), Digest: domain.Digest(name), Actor: "system:erasure"},
		Changes: []domain.Change{{Stream: domain.PersonStream(e.person), Event: &domain.DisclosurePurged{Erased: e.position}}},
	})
	return err
}

func (a *app) forget(ctx context.Context, p *place, e approvedErasure) error {
	if err := a.forgetUnnamed(ctx, p, e.Disclosures); err != nil {
		return err
	}
	if len(e.Evidence) > 0 {
		if err := p.log.SweepPieces(ctx, a.now().Add(-unnamedAge)); err != nil {
			return err
		}
	}
	if err := p.log.Forget(ctx, e.person, e.DisclosureErased); err != nil {
		return err
	}
	if e.begun {
		if err := p.log.RewriteStores(ctx, e.DisclosureErased); err != nil {
			return err
		}
	}
	if err := projections.ForgetTexts(ctx, p.db, e.Disclosures); err != nil {
		return err
	}
	queue, err := p.tasks()
	if err != nil {
		return err
	}
	if err := queue.Forget(ctx); err != nil {
		return err
	}
	if !a.ownsDatabase() {
		return nil
	}
	return projections.RewriteFiles(ctx, p.db)
}

// forgetUnnamed removes what stopped imports have left of the same texts.
func (a *app) forgetUnnamed(ctx context.Context, p *place, digests []string) error {
	texts, err := p.log.Disclose(ctx, digests)
	if err != nil || len(texts) == 0 {
		return err
	}
	wanted := map[string]bool{}
	for _, text := range texts {
		wanted[text] = true
	}
	return p.log.ForgetUnnamed(ctx, a.now().Add(-unnamedAge), func(text string) bool { return wanted[text] }, func(digests []string) (map[string]bool, error) {
		standing, err := projections.Standing(ctx, p.db, digests)
		named := map[string]bool{}
		for digest := range standing {
			named[digest] = true
		}
		return named, err
	})
}

// ownsDatabase reports whether the database is the private one of the data directory, whoever runs it now.
func (a *app) ownsDatabase() bool { return a.natsURL == "" }

// resumeErasures carries out what was approved and cut off.
func (a *app) resumeErasures(ctx context.Context, p *place) error {
	erasures, err := p.log.Erasures(ctx)
	if err != nil {
		return err
	}
	done := []domain.Position{}
	for _, position := range erasures.Positions() {
		e := erasures.Open[position]
		if e == nil {
			continue
		}
		r, err := p.log.At(ctx, position)
		if err == nil {
			err = a.carryOut(ctx, p, approvedErasure{e, r.Stream.Key, position, true})
		}
		if err != nil {
			return err
		}
		done = append(done, position)
	}
	if a.json {
		return a.answer(map[string]any{"carried_out": done})
	}
	a.printf("Đã thực hiện %d lần xoá còn dở.", "Carried out %d erasures that were cut off.", len(done))
	return nil
}

// eraseLook is how often a server looks for erasures that were approved and cut off.
const eraseLook = time.Minute

// goOnErasing carries out what was approved and cut off, now and then, until ctx ends. What can't be done here is told, and left to “thidua erase
// --resume”: on servers of others it takes the right to delete.
func (a *app) goOnErasing(ctx context.Context, p *place) error {
	a.regularly(ctx, eraseLook, "an erasure is not carried out; run “thidua erase --resume”", func() error { return a.goOnErasingOnce(ctx, p) })
	return nil
}

func (a *app) goOnErasingOnce(ctx context.Context, p *place) error {
	erasures, err := p.log.Erasures(ctx)
	if err != nil {
		return err
	}
	for _, position := range slices.Sorted(maps.Keys(erasures.Open)) {
		r, err := p.log.At(ctx, position)
		if err == nil {
			err = projections.Await(ctx, p.db, p.projections(), position)
		}
		if err == nil {
			err = a.purge(ctx, p, approvedErasure{erasures.Open[position], r.Stream.Key, position, true})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// officer returns the ref of the person with an account who proposes or approves, and puts them on the register where they are not.
func (a *app) officer(ctx context.Context, p *place, account string) (ref string, err error) {
	if account, err = domain.ParseText(strings.TrimSpace(account)); err != nil {
		return "", err
	}
	ref, _, err = p.log.Person(ctx, account)
	if err != nil {
		return "", err
	}
	events, err := p.log.Stream(ctx, domain.PersonStream(ref))
	if err != nil || len(events) > 0 {
		return ref, err
	}
	accountSD, opensAccount, err := p.log.Seal("account", account)
	nameSD, opensName, errName := p.log.Seal("name", account)
	if err := errors.Join(err, errName); err != nil {
		return "", err
	}
	name := []string{"person", ref}
	_, err = domain.Execute(ctx, p.log, "", domain.RegisterPerson{Ref: ref, PersonRegistered: domain.PersonRegistered{Account: accountSD, Name: nameSD}},
		domain.Issue{
			ID: p.log.CommandID(name...), Digest: domain.Digest(name), Actor: ref, Disclosures: []domain.Disclosure{opensAccount, opensName},
		}, a.now)
	if err != nil {
		return "", fmt.Errorf("register %s: %w", ref, err)
	}
	return ref, nil
}
