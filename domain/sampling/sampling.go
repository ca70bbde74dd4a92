// Package sampling draws the cells of a season that an inspection recounts, from a nonce and a checkpoint, so that anybody can draw them again.
// docs/sampling.md specifies it to the byte. Nothing here does I/O, and nothing but integers is computed with.
package sampling

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"thidua/domain"
)

// The least and the most characters that the text of a nonce has. Shorter ones can be found from the commitment by trying.
const (
	NonceMin = 16
	NonceMax = 1000
)

// Nonce makes the nonce of a sample out of a text that the inspector chose and keeps to himself, and the commitment that is put on the log first. Both are
// in hex. The text itself never goes on the log. The error is a Problem where the text is too short or too long.
func Nonce(text string) (nonce, commitment string, err error) {
	text, err = domain.ParseText(strings.TrimSpace(text))
	if err != nil {
		return "", "", err
	}
	if n := utf8.RuneCountInString(text); n < NonceMin {
		return "", "", &domain.Problem{Rule: domain.RuleSampleNonce, Field: "nonce", Text: domain.Text{
			VI: fmt.Sprintf("chuỗi bí mật có %d ký tự, ít nhất phải %d; hãy tung xúc xắc hoặc dùng: openssl rand -hex 16", n, NonceMin),
			EN: fmt.Sprintf("the nonce has %d characters, at least %d are asked for; throw dice or use: openssl rand -hex 16", n, NonceMin),
		}}
	}
	sum := sha256.Sum256([]byte(text))
	nonce = hex.EncodeToString(sum[:])
	commitment, err = commitmentTo(nonce)
	return nonce, commitment, err
}

// commitmentTo is the SHA-256 of a nonce's bytes, both in hex.
func commitmentTo(nonce string) (string, error) {
	raw, err := hex.DecodeString(nonce)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// Cell is a cell that can be drawn, with the points at stake in it.
type Cell struct {
	domain.SampleCell
	Points domain.Decimal
}

// Cells lists the cells of a season that have a value, with the points of their criterion, by unit, period and criterion in the order of their bytes.
func Cells(w *domain.World) []Cell {
	rules := w.Season.Ruleset()
	seen := map[domain.SampleCell]bool{}
	var cells []Cell
	for key, report := range w.Reports {
		for _, s := range report.Submissions {
			c := domain.SampleCell{Unit: key.Unit, Period: key.Period, Criterion: s.Criterion}
			criterion := rules.Criterion(s.Criterion)
			if criterion == nil || seen[c] {
				continue
			}
			seen[c] = true
			cells = append(cells, Cell{SampleCell: c, Points: criterion.Points})
		}
	}
	slices.SortFunc(cells, func(a, b Cell) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), strings.Compare(a.Period, b.Period), strings.Compare(a.Criterion, b.Criterion))
	})
	return cells
}

// Seed is the SHA-256 of the nonce's 32 bytes, the text of the checkpoint, and its first signature line, which is the log's. The log's signature can't be
// known before the checkpoint is, nor the nonce by whoever makes it. The error is of kind domain.ErrInvalid.
func Seed(nonce, checkpoint string) (seed [sha256.Size]byte, err error) {
	raw, err := hex.DecodeString(nonce)
	if err != nil || len(raw) != sha256.Size {
		return seed, fmt.Errorf("sampling: the nonce is not 32 bytes in hex: %w", domain.ErrInvalid)
	}
	text, signatures, ok := strings.Cut(checkpoint, "\n\n")
	line, _, ended := strings.Cut(signatures, "\n")
	origin, _, _ := strings.Cut(text, "\n")
	if !ok || !ended || !strings.HasPrefix(line, "— "+origin+" ") {
		return seed, fmt.Errorf("sampling: the first signature of the checkpoint is not the log's: %w", domain.ErrInvalid)
	}
	return sha256.Sum256(slices.Concat(raw, []byte(text+"\n"), []byte(line+"\n"))), nil
}

// Draw draws cells without putting them back, each with a chance in proportion to its points among those that are left. Cells without points are never
// drawn. Where fewer can be drawn than asked for, all are.
func Draw(seed [sha256.Size]byte, cells []Cell, size int) []domain.SampleCell {
	weights, total := weigh(cells)
	chance := &chance{seed: seed}
	var drawn []domain.SampleCell
	for len(drawn) < size && total.Sign() > 0 {
		at := chance.below(total)
		i := slices.IndexFunc(weights, func(weight *big.Int) bool { return at.Sub(at, weight).Sign() < 0 })
		drawn = append(drawn, cells[i].SampleCell)
		total.Sub(total, weights[i])
		weights[i] = new(big.Int)
	}
	return drawn
}

// weigh gives the points as whole numbers: all of them times the same power of ten.
func weigh(cells []Cell) (weights []*big.Int, total *big.Int) {
	digits := 0
	for _, c := range cells {
		if c.Points.Given() {
			digits = max(digits, c.Points.Decimals())
		}
	}
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	total = new(big.Int)
	for _, c := range cells {
		weight := new(big.Int)
		if c.Points.Given() {
			weight.Set(new(big.Rat).Mul(c.Points.Rat(), scale).Num())
		}
		weights = append(weights, weight)
		total.Add(total, weight)
	}
	return weights, total
}

// chance gives numbers that follow from a seed: the n-th is the SHA-256 of the seed and n, in eight bytes, as a number of 256 bits.
type chance struct {
	seed [sha256.Size]byte
	n    uint64
}

// below gives a number from 0 to limit-1, each as likely as any other: a number that would favour the small ones is passed over.
func (c *chance) below(limit *big.Int) *big.Int {
	all := new(big.Int).Lsh(big.NewInt(1), 8*sha256.Size)
	fair := new(big.Int).Sub(all, new(big.Int).Mod(all, limit))
	for {
		block := sha256.Sum256(binary.BigEndian.AppendUint64(c.seed[:], c.n))
		c.n++
		if number := new(big.Int).SetBytes(block[:]); number.Cmp(fair) < 0 {
			return number.Mod(number, limit)
		}
	}
}
