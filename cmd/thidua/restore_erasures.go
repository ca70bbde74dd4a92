package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"

	"thidua/domain"
	"thidua/eventlog"
)

// erasureList is the form of `erase --list --json`.
type erasureList struct {
	Origin   string          `json:"origin"`
	Erasures []erasureAnswer `json:"erasures"`
}

// readErasures learns what must not be put back: from the log of the backup, and from the list of what was erased since.
func (r *restoring) readErasures() error {
	err := r.lines(func(next func() (eventlog.Line, error)) (err error) {
		r.erasures, err = eventlog.ErasuresIn(next)
		return err
	})
	if err != nil || r.list == "" {
		return err
	}
	content, err := os.ReadFile(r.list)
	if err != nil {
		return err
	}
	list := erasureList{}
	if err := json.Unmarshal(content, &list); err != nil || list.Origin != r.manifest.Origin {
		return &failure{domain.Text{
			VI: fmt.Sprintf("%s không phải là danh sách xoá của sổ %s (thidua erase --list --json).", r.list, r.manifest.Origin),
			EN: fmt.Sprintf("%s is not the list of erasures of the log %s (thidua erase --list --json).", r.list, r.manifest.Origin),
		}}
	}
	for _, e := range list.Erasures {
		if e.Position > r.manifest.Position {
			r.later = append(r.later, e)
			r.erasures.Add(e.recorded(e.Position))
		}
	}
	return nil
}

// recorded is the event that erases.
func (e erasureAnswer) recorded(proposal domain.Position) domain.Recorded {
	return domain.Recorded{Position: e.Position, Change: domain.Change{Stream: domain.PersonStream(e.Person), Event: &domain.DisclosureErased{
		Proposal: proposal, Disclosures: e.Disclosures, Evidence: e.Evidence, Purposes: e.Purposes, By: e.By, ApprovedBy: e.ApprovedBy,
	}}}
}

// eraseAgain puts on the restored log what was erased since, so that it says why something is missing.
func (r *restoring) eraseAgain(ctx context.Context) (err error) {
	if len(r.later) == 0 {
		return nil
	}
	log, err := r.app.openLog(ctx, r.place.nc, r.app.logConfig())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	for _, e := range r.later {
		basis, disclosure, err := log.Seal("basis", e.Basis)
		if err != nil {
			return err
		}
		proposed := &domain.ErasureProposed{Disclosures: e.Disclosures, Evidence: e.Evidence, Purposes: e.Purposes, Basis: basis, By: e.By}
		position, err := r.again(ctx, log, e, proposed, disclosure)
		if err != nil {
			return err
		}
		erased, _ := e.recorded(position).Event.(*domain.DisclosureErased)
		erased.Basis = basis
		if position, err = r.again(ctx, log, e, erased); err != nil {
			return err
		}
		if _, err = r.again(ctx, log, e, &domain.DisclosurePurged{Erased: position}); err != nil {
			return err
		}
	}
	return nil
}

// again appends one event of an erasure.
func (r *restoring) again(ctx context.Context, log *eventlog.Log, e erasureAnswer, event domain.Event, disclosures ...domain.Disclosure) (domain.Position, error) {
	name := []string{"restore", event.Words(), strconv.FormatUint(e.Position, 10)}
	return log.Append(ctx, domain.Append{
		Issue:   domain.Issue{ID: log.CommandID(name...), Digest: domain.Digest(name), Actor: "system:restore", Disclosures: disclosures},
		Changes: []domain.Change{{Stream: domain.PersonStream(e.Person), Event: event}},
	})
}
