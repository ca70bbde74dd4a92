package webhooks

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

// Pace is how fast deliveries are tried. What is 0 has its default, which is right but for tests.
type Pace struct {
	// First is the pause after the first failure: five seconds. Each further one is twice as long.
	First time.Duration
	// Longest is the longest pause: four hours.
	Longest time.Duration
	// GiveUp is how long an event is tried after its first failure: three days.
	GiveUp time.Duration
	// Attempt is how long one attempt may take: fifteen seconds.
	Attempt time.Duration
	// Round is after how long a round ends, so that others have their turn: half a minute.
	Round time.Duration
	// Waiting is how many events may be pending at one endpoint until no more are taken up: 5,000, and what is read at once.
	Waiting int
	// AtOnce is how many attempts an endpoint gets at the same time: eight.
	AtOnce int
	// Patience is how many failures in a row an endpoint may have until it rests as a whole: ten.
	Patience int
}

func (p Pace) filled() Pace {
	return Pace{
		First:    cmp.Or(p.First, 5*time.Second),
		Longest:  cmp.Or(p.Longest, 4*time.Hour),
		GiveUp:   cmp.Or(p.GiveUp, 72*time.Hour),
		Attempt:  cmp.Or(p.Attempt, 15*time.Second),
		Round:    cmp.Or(p.Round, 30*time.Second),
		Waiting:  cmp.Or(p.Waiting, 5000),
		AtOnce:   cmp.Or(p.AtOnce, 8),
		Patience: cmp.Or(p.Patience, 10),
	}
}

// pause is how long to wait after a number of failures, between half and the whole of a time that doubles each time: so that those who failed together
// do not come again together.
func (p Pace) pause(failures int, jitter func(time.Duration) time.Duration) time.Duration {
	whole := p.First
	for range failures - 1 {
		if whole = min(2*whole, p.Longest); whole == p.Longest {
			break
		}
	}
	return whole/2 + jitter(whole/2+1)
}

// asked is how long the endpoint asks to be left alone (RFC 9110, 10.2.3), at most the longest pause; 0 where it does not.
func (p Pace) asked(retryAfter string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(retryAfter); err == nil {
		return min(max(0, time.Duration(min(seconds, 1e6))*time.Second), p.Longest)
	}
	if at, err := http.ParseTime(retryAfter); err == nil {
		return min(max(0, at.Sub(now)), p.Longest)
	}
	return 0
}
