// Package scoring computes a season's ranking from its papers, exactly as spec "scoring" says: pure functions over values, no clock and
// no I/O. Numbers are rationals, so that a stranger who follows the same page gets the same digits.
//
// [Rank] is the whole of it. It goes from small to large: the cell (unit, criterion, period), a criterion's actual, its attainment and
// points over all units at once (two formulas couple them), a unit's total, the order of the units.
//
// A [Season] is taken to satisfy spec "bundle": ids exist, the ruleset is valid, no two submissions or verifications of a cell share an
// instant. The order of units and of their rows means nothing; the order of periods, criteria, tiers and tie-breaks does.
// What Rank returns shares numbers with the season; neither side may change them in place.
package scoring
