package io.metalimages.catalog;

import java.util.Locale;

/** A number of bytes, as people read it: {@code 462.6 MB}. */
record Size(long bytes) {

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};
    private static final double STEP = 1000;

    @Override
    public String toString() {
        double value = bytes;
        int unit = 0;
        while (Math.abs(value) >= STEP - 0.05 && unit < UNITS.length - 1) {
            value /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f\u00a0%s" : "%.1f\u00a0%s", value, UNITS[unit]);
    }

    /** How much larger this one is: {@code +1.2 MB}. */
    String since(Size before) {
        long difference = bytes - before.bytes;
        if (difference == 0) {
            return "±0";
        }
        return (difference > 0 ? "+" : "−") + new Size(Math.abs(difference));
    }
}
