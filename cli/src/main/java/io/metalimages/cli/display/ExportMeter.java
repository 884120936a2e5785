package io.metalimages.cli.display;

import io.metalimages.artifact.export.ExportProgress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** How fast an export goes. Not thread-safe. */
final class ExportMeter {

    /** Long enough to even out the difference between cached blocks and others, short enough to tell the present. */
    private static final long WINDOW = Duration.ofSeconds(10).toNanos();

    private static final long BETWEEN_SAMPLES = Duration.ofMillis(250).toNanos();

    private record Sample(long nanos, long bytes) {}

    private final Deque<Sample> samples = new ArrayDeque<>();
    private ExportProgress.Standing standing;

    ExportMeter(ExportProgress.Standing standing, long nanos) {
        this.standing = standing;
        samples.add(new Sample(nanos, standing.bytesRead()));
    }

    void update(ExportProgress.Standing now, long nanos) {
        standing = now;
        if (nanos - samples.getLast().nanos() >= BETWEEN_SAMPLES) {
            samples.add(new Sample(nanos, now.bytesRead()));
            while (samples.size() > 2 && nanos - samples.getFirst().nanos() > WINDOW) {
                samples.removeFirst();
            }
        }
    }

    /** What is shown of an export; speed and time left are empty until they can be told. */
    record Reading(ExportProgress.Standing standing, Optional<Long> bytesPerSecond, Optional<Duration> left) {

        /** What there is to tell, the most important first. */
        List<String> facts() {
            List<String> facts = new ArrayList<>();
            facts.add(Quantity.share(standing.bytesRead(), standing.bytesTotal()));
            facts.add(Quantity.megabytes(standing.bytesRead()) + " of " + Quantity.megabytes(standing.bytesTotal())
                    + " MB");
            left.ifPresent(time -> facts.add(Quantity.since(time) + " left"));
            bytesPerSecond.ifPresent(speed -> facts.add(Quantity.megabytes(speed) + " MB/s"));
            facts.add(Quantity.share(standing.blocksFromCache(), standing.blocks()) + " cached");
            return facts;
        }
    }

    Reading read() {
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        long nanos = last.nanos() - first.nanos();
        long bytes = last.bytes() - first.bytes();
        if (nanos < BETWEEN_SAMPLES || bytes <= 0) {
            return new Reading(standing, Optional.empty(), Optional.empty());
        }
        double perSecond = bytes * 1e9 / nanos;
        long toDo = standing.bytesTotal() - standing.bytesRead();
        return new Reading(standing, Optional.of(Math.round(perSecond)), Optional.of(Duration.ofSeconds((long)
                Math.ceil(toDo / perSecond))));
    }
}
