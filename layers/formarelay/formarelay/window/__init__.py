"""One exact window of calls, shared by all workers through one small stored item.

The provider allows L calls in any window of W seconds and judges each call when it arrives. A call
is granted a slot at g, starts at s >= g, arrives at some a, and has ended at e, so s <= a <= e. The
item counts `used` slots; each of them is either held by a worker or ended at a noted time e' >= e.

1. A write that grants leaves `used` at L or below.
2. A slot leaves the item at e' + W or later, or passes to a call that starts then or later.
3. A slot whose end is never noted counts as ended at the last instant its call could end.

Proof that any k calls that arrive within one window, that is x <= a < x + W, are at most L. If one
of them had the slot of another, it would by rule 2 have started, and so arrived, at e' + W >= a + W
>= x + W: outside. So their slots differ. Look at the write that granted the last of them. Each of
the others was granted before it, and its slot was still in the item: it stays until e' + W >= x + W
by rule 2, and that write came before an arrival, so before x + W. (A slot that passes on early goes
to a call outside the window, which holds another slot of the item from then on.) So the write left
`used` >= k, and by rule 1 k <= L.

Nothing is assumed about the network, and nothing about the provider's clock. Three things are:

- A call arrives within `longest_call_seconds` of its earliest start, or not at all. The caller asks
  `may_start` right before, so that a process that stood still does not call on a slot that has
  lapsed. A call that got no answer may still be on its way: it is not among `ends`.
- Workers agree about the time within `clock_skew_seconds`, which every slot waits in addition. A
  wall clock is checked against the time in the store's answers: one that is wrong by more than
  about a second, frozen or set to any other time, costs speed and never a slot. Where answers
  carry no time, wall clocks are believed.
- All calls of this provider's window pass through here. Calls of others are learned of from the
  provider's own count, after they happened.

Times are kept to the millisecond up to 200 slots. Above, ends are rounded up to the next of 128
sub-windows, which keeps the item small and errs on the safe side.

Every operation is a generator that asks for reads, conditional changes and pauses, and is sent the
answers: the policy does no input or output, and a simulation can interleave any number of workers.
"""

from formarelay.window.change import Answer, Change, Fields, Pause, Read, Request, Steps, Value
from formarelay.window.reservation import Closure, Hold, SlotReservation
from formarelay.window.reserving import RATE_LIMITED
from formarelay.window.rules import WindowRules
from formarelay.window.shared import SharedWindow

__all__ = [
    "RATE_LIMITED",
    "Answer",
    "Change",
    "Closure",
    "Fields",
    "Hold",
    "Pause",
    "Read",
    "Request",
    "SharedWindow",
    "SlotReservation",
    "Steps",
    "Value",
    "WindowRules",
]
