package tasks

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"thidua/domain"
)

// How often in a row a task may fail where its kind does not say, and how often its workers may be lost before it got any further.
const (
	defaultAttempts = 8
	lossLimit       = 10
	longestPause    = time.Hour
)

// judge says what becomes of a task whose run ended with an error or nil.
func (q *Queue) judge(k Kind, c claimed, stopping bool, err error) end {
	later, isLater := errors.AsType[Later](err)
	switch {
	case err == nil:
		return end{state: Done, again: true}
	case stopping:
		return end{state: Queued, attempts: c.Attempts, losses: c.Losses}
	case isLater:
		return end{state: Queued, at: &later.At, again: true}
	case errors.Is(err, domain.ErrInvalid), errors.Is(err, domain.ErrRefused), errors.Is(err, domain.ErrNotFound):
		return end{state: Failed, attempts: c.Attempts + 1, again: true, reason: reasonOf(err)}
	case c.Attempts+1 >= cmp.Or(k.Attempts, defaultAttempts):
		return end{state: Dead, attempts: c.Attempts + 1, reason: reasonOf(err)}
	}
	return end{state: Queued, attempts: c.Attempts + 1, pause: q.pause(c.Attempts), reason: reasonOf(err)}
}

// pause is how long to wait after so many failures and one more: twice as long each time, and by chance up to half of it less, so that what failed together
// does not come back together.
func (q *Queue) pause(failures int) time.Duration {
	longest := min(longestPause, q.cfg.Pace.Pause<<min(failures, 20))
	var chance [8]byte
	if _, err := io.ReadFull(q.cfg.Rand, chance[:]); err != nil {
		return longest
	}
	return longest - time.Duration(binary.BigEndian.Uint64(chance[:])%uint64(longest/2+1))
}

// lostTooOften is what becomes of a task that its workers do not survive.
func lostTooOften(c claimed) end {
	return end{state: Dead, attempts: c.Attempts, losses: c.Losses, reason: domain.Text{
		VI: fmt.Sprintf("tiến trình chạy việc này đã %d lần liền mất giữa chừng; hãy xem nhật ký của tiến trình (bộ nhớ, tín hiệu dừng)", c.Losses),
		EN: fmt.Sprintf("its worker was lost %d times in a row; see what the workers' log and the machine's say (memory, signals)", c.Losses),
	}}
}

// reasonLimit bounds what is stored of an error, in bytes.
const reasonLimit = 2000

// reasonOf is an error for operators, in both languages where it has both.
func reasonOf(err error) domain.Text {
	if p, ok := errors.AsType[*domain.Problem](err); ok {
		return domain.Text{VI: bounded(p.Text.VI), EN: bounded(p.Text.EN)}
	}
	var told interface{ Text() domain.Text }
	if errors.As(err, &told) {
		return domain.Text{VI: bounded(told.Text().VI), EN: bounded(told.Text().EN)}
	}
	text := err.Error()
	if broken, ok := errors.AsType[middleware.RecoveredPanicError](err); ok {
		text = fmt.Sprintf("the program broke off: %v", broken.V) // where it did is in the worker's log
	}
	return domain.Text{VI: bounded(text), EN: bounded(text)}
}

// bounded is a text that fits, without the users and passwords of the addresses that it quotes.
func bounded(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	text = regexp.MustCompile(`://[^\s"/]*@`).ReplaceAllString(text, "://…@")
	if len(text) > reasonLimit {
		text = strings.ToValidUTF8(text[:reasonLimit], "") + "…"
	}
	return text
}
