package projections_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"thidua/domain"
	"thidua/projections"
)

func TestInsist(t *testing.T) {
	t.Parallel()
	broken := io.ErrUnexpectedEOF
	for name, c := range map[string]struct {
		answers []error
		tries   int
		want    error
		asked   int
	}{
		"answers":                    {[]error{nil}, 0, nil, 1},
		"breaks twice":               {[]error{broken, broken, nil}, 0, nil, 3},
		"breaks for longer":          {[]error{broken, broken, nil}, 2, broken, 2},
		"refuses":                    {[]error{broken, domain.ErrRefused}, 0, domain.ErrRefused, 2},
		"breaks while it is stopped": {[]error{broken, context.Canceled, nil}, 0, context.Canceled, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			asked := 0
			err := projections.Insist(ctx, c.tries, slog.New(slog.DiscardHandler), func(context.Context) error {
				answer := c.answers[asked]
				if asked++; errors.Is(answer, context.Canceled) {
					stop()
				}
				return answer
			})
			if diff := cmp.Diff(c.want, err, cmpopts.EquateErrors()); diff != "" || asked != c.asked {
				t.Errorf("asked %d times, want %d; error (-want +got):\n%s", asked, c.asked, diff)
			}
		})
	}
}
