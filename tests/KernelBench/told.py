"""What one agent told over the wire: its sensors, their newest readings, what throttles it, and every reading that was not ok."""
import collections

Reading = collections.namedtuple("Reading", "value quality detail at")
Throttle = collections.namedtuple("Throttle", "now since_boot seconds")


class Told:
    """Filled by the granter's thread, read by the scenario's: each figure is replaced as a whole."""

    def __init__(self, qualities, causes):
        """Each by the wire's number: a quality's word, a cause's word."""
        self._qualities = qualities
        self._causes = causes
        self._sensors = []
        self._readings = {}
        self._inventory = None
        self._pending = None
        self.throttles = {}
        self.sources = {}
        self.seconds = 0.0
        self.reports = 0
        self.is_taking = False
        self.doubts = collections.Counter()

    def meet(self, hello):
        """Another inventory: its readings come with the next report."""
        self._pending = (hello.inventory, [(s.source, s.device, s.name) for s in hello.sensors])

    def take(self, report):
        self.is_taking = True
        if self._pending is not None and self._pending[0] == report.inventory:
            self._inventory, self._sensors = self._pending
            self._readings, self._pending = {}, None
        self.seconds = report.monotonic_us / 1e6
        self.throttles = {
            self._causes[t.cause]: Throttle(t.now if t.HasField("now") else None, t.since_boot if t.HasField("since_boot") else None, t.held_us / 1e6)
            for t in report.throttles}
        for source in report.sources:
            self.sources[source.source] = source
        if report.inventory == self._inventory:
            for reading in report.readings:
                self._put(reading)
        self.reports += 1
        self.is_taking = False

    def _put(self, reading):
        key, quality = self._sensors[reading.sensor], self._qualities[reading.quality]
        self._readings[key] = Reading(reading.value_micros / 1e6 if reading.HasField("value_micros") else None, quality, reading.detail, self.seconds)
        if quality in ("stale", "fault"):
            self.doubts[key[0], key[1]] += 1

    @property
    def sensors(self):
        """(source, device, name) of each, in the agent's order."""
        return list(self._sensors)

    def devices(self, source):
        return sorted({device for origin, device, _ in self._sensors if origin == source})

    def reading(self, source, device, name):
        """The newest; of a device by the start of its name. None where no such sensor was told of, or nothing of it yet."""
        for key in list(self._sensors):
            if key[0] == source and key[2] == name and (key[1] == device or key[1].startswith(device + "@")):
                return self._readings.get(key)
        return None

    def value(self, source, device, name):
        reading = self.reading(source, device, name)
        return None if reading is None else reading.value

    def of(self, source):
        """{(device, name): reading} of one source."""
        return {key[1:]: reading for key, reading in list(self._readings.items()) if key[0] == source}

    def throttled(self, cause):
        """Whether it holds; None: nobody can tell."""
        told = self.throttles.get(cause)
        return None if told is None else told.now
