package workers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"thidua/domain"
	"thidua/projections"
)

// checkStores judges that everything which the events name and the log does not hold is there, or was erased by an event, and that what was erased is
// gone. The replay has read every text, and has found that each has its digest.
func (v *Verdict) checkStores(ctx context.Context, cfg Config) error {
	s := stores{cfg: cfg}
	var err error
	if s.erasures, err = cfg.Log.Erasures(ctx); err != nil { // read now: it may have come while the log was read
		return err
	}
	for _, check := range []struct {
		name   string
		judge  func(context.Context) (difference string, err error)
		erased int
	}{{"disclosures", s.texts, len(s.erasures.Texts)}, {"evidence", s.evidence, len(s.erasures.Evidence)}} {
		difference, err := check.judge(ctx)
		if err != nil {
			return err
		}
		v.add(check.name, difference, fmt.Sprintf("all that the events name is there, but for %d that events erased, which are gone", check.erased))
	}
	return nil
}

// stores is what is held against the events.
type stores struct {
	cfg      Config
	erasures *domain.Erasures
}

func (s *stores) texts(ctx context.Context) (difference string, err error) {
	people := slices.IndexFunc(s.cfg.Projections, func(p projections.Projection) bool { return p.Name == "people" })
	if people < 0 {
		return "", nil
	}
	absent, err := projections.AbsentTexts(ctx, s.cfg.DB, s.cfg.Projections[people], projections.Proof)
	if err != nil {
		return "", err
	}
	for _, text := range absent {
		if s.erasures.Texts[text.Digest] == 0 {
			return fmt.Sprintf("position %d: the disclosure of %s is missing, and no event erased it", text.Position, text.Digest), nil
		}
	}
	left, err := s.cfg.Log.Disclose(ctx, slices.Collect(maps.Keys(s.erasures.Texts)))
	for _, digest := range slices.Sorted(maps.Keys(left)) {
		return notCarriedOut(s.erasures.Texts[digest], "the disclosure of "+digest), err
	}
	return "", err
}

func (s *stores) evidence(ctx context.Context) (difference string, err error) {
	files, err := projections.EvidenceIn(ctx, s.cfg.DB, s.cfg.Projections, projections.Proof)
	if err != nil {
		return "", err
	}
	for _, file := range files {
		there, err := s.read(ctx, file.SHA256)
		erased := s.erasures.Evidence[file.SHA256]
		switch {
		case errors.Is(err, domain.ErrCorrupt):
			return fmt.Sprintf("position %d: the file of evidence %s is not the one that is named: %v", file.Position, file.SHA256, err), nil
		case err != nil:
			return "", err
		case there && erased > 0:
			return notCarriedOut(erased, "the file of evidence "+file.SHA256), nil
		case there || erased > 0:
			continue
		}
		before, err := s.erasedBefore(ctx, file.Digest)
		if err != nil {
			return "", err
		}
		if before {
			continue
		}
		return fmt.Sprintf("position %d: the file of evidence %s is missing, and no event erased it", file.Position, file.SHA256), nil
	}
	return "", nil
}

// read reads a file of evidence to its end, where its digest is compared, and reports whether there is one.
func (s *stores) read(ctx context.Context, sha256hex string) (there bool, err error) {
	file, err := s.cfg.Log.Evidence(ctx, sha256hex)
	if errors.Is(err, domain.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = io.Copy(io.Discard, file)
	return true, errors.Join(err, file.Close())
}

// erasedBefore reports whether a file was erased before it was named here: the mark stands in place of its name.
func (s *stores) erasedBefore(ctx context.Context, name string) (bool, error) {
	names, err := s.cfg.Log.Disclose(ctx, []string{name})
	_, _, marked := domain.ParseFileMark(names[name])
	return marked, err
}

func notCarriedOut(position domain.Position, what string) string {
	return fmt.Sprintf("%s is still there although the event at position %d erased it; carry it out: thidua erase --resume", what, position)
}
