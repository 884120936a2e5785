package io.metalimages.cli.command.build;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.rack.checks.TestReport;
import io.metalimages.supplychain.statement.TestResult;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The images that there are to build, and what is built of them, as a table.
 *
 * @param markdown whether the table goes into a document
 */
record ImageList(List<ListedImage> images, boolean markdown) implements Result {

    private static final List<String> HEADINGS = List.of("IMAGE", "BUILT", "SIZE", "TEST", "ARCHIVE");
    private static final List<String> DOCUMENT = List.of(
            "image", "built", "size", "archive", "keeps the contract", "boots", "reboots", "checks", "its test takes");
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");
    private static final DateTimeFormatter DAY = DateTimeFormatter.ISO_LOCAL_DATE;
    private static final String GAP = "  ";

    ImageList {
        images = List.copyOf(images);
    }

    @Override
    public List<String> text(OutputStyle outputStyle) {
        return markdown ? document() : aligned(outputStyle);
    }

    private List<String> aligned(OutputStyle outputStyle) {
        List<List<String>> rows = new ArrayList<>(List.of(HEADINGS));
        images.forEach(image -> rows.add(cells(image)));
        int[] widths = IntStream.range(0, HEADINGS.size())
                .map(column -> rows.stream()
                        .mapToInt(row -> DisplayText.columns(row.get(column)))
                        .max()
                        .orElse(0))
                .toArray();
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                String cell = row.get(column);
                line.append(cell)
                        .append(" ".repeat(widths[column] - DisplayText.columns(cell)))
                        .append(GAP);
            }
            String text = line.toString().stripTrailing();
            lines.add(lines.isEmpty() ? outputStyle.styled(Style.BOLD, text) : text);
        }
        return lines;
    }

    private static List<String> cells(ListedImage image) {
        if (image.built().isEmpty()) {
            return List.of(DisplayText.line(image.name()), "-", "-", "-", "-");
        }
        ListedImage.Built built = image.built().get();
        return List.of(
                DisplayText.line(image.name()),
                time(built.time(), MINUTE, ZoneId.systemDefault()),
                Quantity.bytes(built.bytes()),
                built.tested().map(ImageList::outcome).orElse("-"),
                archive(built));
    }

    private static String outcome(TestResult result) {
        return switch (result.outcome()) {
            case PASSED -> "passed";
            case WARNED -> "partly";
            case FAILED -> "failed";
        };
    }

    private static String archive(ListedImage.Built built) {
        String base = built.base().map(DisplayText::line).orElse("-");
        return built.standIn()
                .map(real -> base + ", a stand-in with packages of " + DisplayText.line(real))
                .orElse(base);
    }

    private List<String> document() {
        List<String> lines = new ArrayList<>(List.of(row(DOCUMENT), row(Collections.nCopies(DOCUMENT.size(), "---"))));
        for (ListedImage image : images) {
            List<String> cells = new ArrayList<>(List.of("`" + DisplayText.line(image.name()) + "`"));
            image.built()
                    .ifPresentOrElse(
                            built -> cells.addAll(documented(built)),
                            () -> cells.addAll(Collections.nCopies(DOCUMENT.size() - 1, "-")));
            lines.add(row(cells));
        }
        return lines;
    }

    private static List<String> documented(ListedImage.Built built) {
        Optional<TestResult> tested = built.tested();
        return List.of(
                time(built.time(), DAY, ZoneOffset.UTC),
                Quantity.bytes(built.bytes()),
                archive(built),
                phase(tested, TestReport.CONTRACT),
                phase(tested, TestReport.BOOT),
                phase(tested, TestReport.REBOOT),
                tested.map(ImageList::checks).orElse("-"),
                tested.flatMap(result -> result.finished().map(end -> Duration.between(result.started(), end)))
                        .map(Quantity::took)
                        .orElse("-"));
    }

    private static String phase(Optional<TestResult> tested, String phase) {
        return tested.flatMap(result -> result.phase(phase))
                .map(outcome -> outcome == TestResult.Outcome.PASSED ? "yes" : "no")
                .orElse("-");
    }

    private static String checks(TestResult result) {
        return result.failedTests().isEmpty()
                ? result.passedTests().size() + " passed"
                : result.failedTests().size() + " of "
                        + (result.passedTests().size() + result.failedTests().size()) + " failed";
    }

    private static String row(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    private static String time(Instant time, DateTimeFormatter format, ZoneId zone) {
        return format.format(time.atZone(zone));
    }

    @Override
    public List<String> brief() {
        return images.stream().map(ListedImage::name).toList();
    }

    /** @param standIns what the packages of images really are that were made from a stand-in of an archive */
    record Document(List<String> names, Map<String, String> standIns, List<Image> images) {}

    /**
     * An image that there is to build, and what is built of it.
     *
     * @param base what the Dockerfile calls the distribution that it was made from
     * @param tested when exactly this tarball was tested
     */
    record Image(
            String name,
            boolean built,
            Optional<Instant> time,
            Optional<Long> bytes,
            Optional<String> base,
            Optional<String> standIn,
            Optional<Instant> tested,
            Optional<String> profile,
            Optional<Boolean> passed) {

        Image(ListedImage image) {
            this(
                    image.name(),
                    image.built().isPresent(),
                    image.built().map(ListedImage.Built::time),
                    image.built().map(ListedImage.Built::bytes),
                    image.built().flatMap(ListedImage.Built::base),
                    image.built().flatMap(ListedImage.Built::standIn),
                    image.built().flatMap(ListedImage.Built::tested).map(TestResult::started),
                    image.built()
                            .flatMap(ListedImage.Built::tested)
                            .map(result -> result.profile().label()),
                    image.built()
                            .flatMap(ListedImage.Built::tested)
                            .map(result -> result.outcome() == TestResult.Outcome.PASSED));
        }
    }

    @Override
    public Document json() {
        Map<String, String> standIns = new TreeMap<>();
        images.forEach(image ->
                image.built().flatMap(ListedImage.Built::standIn).ifPresent(real -> standIns.put(image.name(), real)));
        return new Document(brief(), standIns, images.stream().map(Image::new).toList());
    }
}
