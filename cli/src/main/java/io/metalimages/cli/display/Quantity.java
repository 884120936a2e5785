package io.metalimages.cli.display;

import java.time.Duration;
import java.util.Locale;

/** Sizes, times and shares as people read them, the same in every locale. */
public final class Quantity {

    private static final int NEXT_UNIT = 1000;

    private Quantity() {}

    /** {@code 78 B}, {@code 41.2 kB}, {@code 460.1 MB}: powers of ten, as disks are sold. */
    public static String bytes(long bytes) {
        if (bytes < NEXT_UNIT) {
            return bytes + " B";
        }
        return bytes < 999_950
                ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
                : String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
    }

    /** Whole megabytes without the unit: {@code 1,433}. */
    public static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%,d", Math.round(bytes / 1e6));
    }

    /** How long something took: {@code 0.4 s}, {@code 59.9 s}, {@code 2:31}, {@code 1:02:31}. */
    public static String took(Duration duration) {
        return duration.toMillis() < 59_950
                ? String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3)
                : clock(duration.plusMillis(500));
    }

    /** How long something has been going on, in whole seconds: {@code 7 s}, {@code 2:31}. */
    static String since(Duration duration) {
        return duration.toSeconds() < 60 ? duration.toSeconds() + " s" : clock(duration);
    }

    private static String clock(Duration duration) {
        String minutesAndSeconds =
                String.format(Locale.ROOT, "%d:%02d", duration.toMinutesPart(), duration.toSecondsPart());
        return duration.toHours() == 0
                ? minutesAndSeconds
                : String.format(
                        Locale.ROOT,
                        "%d:%02d:%02d",
                        duration.toHours(),
                        duration.toMinutesPart(),
                        duration.toSecondsPart());
    }

    /** {@code 36 %}; 100 only when it is all, 0 only when it is nothing. */
    public static String share(long part, long whole) {
        if (whole == 0) {
            return "0 %";
        }
        long percent = Math.round(100.0 * part / whole);
        if (percent == 100 && part < whole) {
            percent = 99;
        } else if (percent == 0 && part > 0) {
            percent = 1;
        }
        return percent + " %";
    }

    /** {@code 1 step}, {@code 12 steps}. */
    public static String count(long number, String noun) {
        return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? noun : noun + "s");
    }

    /** {@code 1 entry}, {@code 12 entries}. */
    public static String count(long number, String noun, String plural) {
        return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? noun : plural);
    }

    /** How long ago something was, in its largest unit: {@code just now}, {@code 7 min ago}, {@code 3 days ago}. */
    public static String ago(Duration duration) {
        if (duration.toMinutes() < 1) {
            return "just now";
        }
        if (duration.toHours() < 1) {
            return duration.toMinutes() + " min ago";
        }
        return duration.toDays() < 2 ? duration.toHours() + " h ago" : count(duration.toDays(), "day") + " ago";
    }
}
