"""No proxy at all."""
from contenders.contender import Contender


class Direct(Contender):
    name = "no proxy"

    def start(self, bench, path):
        """Nothing captures connections then."""
