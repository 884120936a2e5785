package io.metalimages.catalog;

import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How the size of an image went over its releases, in a field of {@link #WIDTH} by {@link #HEIGHT} units. The axis need not
 * begin at zero.
 *
 * @param points the oldest first
 * @param marks of the axis, the highest first, at equal distances
 */
record SizeChart(List<Point> points, List<Size> marks) {

    static final int WIDTH = 1000;
    static final int HEIGHT = 240;

    private static final int MOST_INTERVALS = 4;

    /** A release. */
    record Point(double x, double y, String label, Day day, Size size) {}

    /** Over the releases that the image's page shows; empty if there are not two. */
    static Optional<SizeChart> of(CatalogImage image) {
        List<Build> builds =
                image.shown().stream().filter(Build::isGoodRelease).toList().reversed();
        if (builds.size() < 2) {
            return Optional.empty();
        }
        long least =
                builds.stream().mapToLong(build -> build.size().bytes()).min().orElseThrow();
        long most =
                builds.stream().mapToLong(build -> build.size().bytes()).max().orElseThrow();
        long step = step(most - least, most);
        long low = least / step * step;
        long high = Math.max((most + step - 1) / step * step, low + step);
        List<Size> marks = new ArrayList<>();
        for (long mark = high; mark >= low; mark -= step) {
            marks.add(new Size(mark));
        }
        double days = ChronoUnit.DAYS.between(
                builds.getFirst().date(), builds.getLast().date());
        List<Point> points = builds.stream()
                .map(build -> new Point(
                        WIDTH * (ChronoUnit.DAYS.between(builds.getFirst().date(), build.date()) / days),
                        HEIGHT * ((high - build.size().bytes()) / (double) (high - low)),
                        build.label(),
                        build.day(),
                        build.size()))
                .toList();
        return Optional.of(new SizeChart(points, marks));
    }

    /** 1, 2 or 5 times a power of ten, such that a few of it cover the range, and not less than a percent of the size. */
    private static long step(long range, long most) {
        double needed = Math.max(Math.max(range / (double) MOST_INTERVALS, most / 100.0), 1);
        double power = Math.pow(10, Math.floor(Math.log10(needed)));
        for (int factor : new int[] {1, 2, 5}) {
            if (factor * power >= needed) {
                return (long) (factor * power);
            }
        }
        return (long) (10 * power);
    }

    /** The line through all points, as in the path of an SVG. */
    String line() {
        return points.stream().map(SizeChart::coordinates).collect(Collectors.joining(" L", "M", ""));
    }

    /** What is below the line. */
    String area() {
        return line() + " L" + WIDTH + "," + HEIGHT + " L0," + HEIGHT + " Z";
    }

    /** A point as a line without length, which has round ends. */
    static String dot(Point point) {
        return "M" + coordinates(point) + " h0.01";
    }

    /** A horizontal line at each mark of the axis. */
    String grid() {
        int intervals = marks.size() - 1;
        StringBuilder grid = new StringBuilder();
        for (int mark = 0; mark <= intervals; mark++) {
            grid.append(mark == 0 ? "" : " ")
                    .append(String.format(Locale.ROOT, "M0,%.1f H%d", HEIGHT * mark / (double) intervals, WIDTH));
        }
        return grid.toString();
    }

    private static String coordinates(Point point) {
        return String.format(Locale.ROOT, "%.1f,%.1f", point.x(), point.y());
    }

    /** In words, for those who do not see it. */
    String description() {
        Point first = points.getFirst();
        Point last = points.getLast();
        return "From " + first.size() + " on " + first.day() + " to " + last.size() + " on " + last.day() + ", over "
                + points.size() + " releases. The table has all numbers.";
    }
}
