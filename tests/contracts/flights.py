"""The flights the tests insure, and what is sold on them once `flights_sold` has run."""

from chain_clock import DAY
from market import FLIGHT, FLIGHT_AT, TUSD

SECOND = "flight/B6/725/JFK/BQN/2013-09-12T10:00Z"
THIRD = "flight/AA/1141/JFK/MIA/2013-09-12T10:00Z"
UNSOLD = "flight/DL/461/LGA/ATL/2013-09-12T10:00Z"
LATER, LATER_AT = FLIGHT.replace("09-12", "09-14"), FLIGHT_AT + 2 * DAY
SUMS = [100 * TUSD, 200 * TUSD, 300 * TUSD, 400 * TUSD, 500 * TUSD]  # on the first flight, by holder
