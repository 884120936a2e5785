package io.metalimages.cli;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.build.BuildOptions;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.engine.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Snapshots;
import io.metalimages.engine.StateDirectory;
import io.metalimages.engine.WorkDirectory;
import io.metalimages.rack.Burn;
import io.metalimages.rack.Equipment;
import io.metalimages.rack.ImageTest;
import io.metalimages.rack.JunitReport;
import io.metalimages.rack.Role;
import io.metalimages.rack.TestReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code metal-images test} does: from an image to a verdict. */
final class TestWork {

    private static final Duration BETWEEN_DRAWINGS = Duration.ofMillis(100);
    private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,6})([MG])", Pattern.CASE_INSENSITIVE);
    private static final int USUAL_MEMORY = 2048;
    private static final int SHOWN_FAILURES = 10;

    /**
     * What the user asks for.
     *
     * @param role {@code machine} or {@code firewall}
     * @param layout a name, or the path of a file
     * @param userdata the name of a kind, or the path of a file
     * @param memory a number of MiB or GiB, with its unit's letter
     * @param keep whether the machine goes on until the user interrupts
     * @param keepDisks where the disks go
     */
    record Wishes(
            Optional<String> role,
            Optional<String> layout,
            Optional<String> burn,
            Optional<String> userdata,
            Optional<String> network,
            Optional<String> memory,
            Optional<Path> reports,
            Optional<Path> junit,
            boolean keep,
            Optional<Path> keepDisks) {}

    private final Wishes wishes;
    private final OutputOptions options;
    private final Surroundings surroundings;

    TestWork(Wishes wishes, OutputOptions options, Surroundings surroundings) {
        this.wishes = wishes;
        this.options = options;
        this.surroundings = surroundings;
    }

    void test(String image, Report report) throws IOException, InterruptedException {
        Privilege.requireRoot();
        try (Display display = Display.of(options, surroundings);
                Ticker ticker = new Ticker(BETWEEN_DRAWINGS, display::tick);
                ImageArgument argument = new ImageArgument(surroundings, display)) {
            ticker.start();
            surroundings.interruption().watch(display::interrupted);
            display.begin(image, "testing");
            ImageTest.Options wanted = wanted(image, argument.find(image));
            OutputDirectory.requireWritable(wanted.reports());
            Path junit = wishes.junit().orElse(wanted.reports().resolve("junit.xml"));
            TestReport tested = test(wanted, display);
            new JunitReport(tested).write(junit);
            report.add(new TestResult(tested, wanted.console(), junit));
            failOn(tested);
        }
    }

    private ImageTest.Options wanted(String image, ArtifactLocation location) {
        boolean isFetched = image.contains("://");
        Path reports = wishes.reports()
                .orElse(isFetched ? Path.of("test") : location.tarball().resolveSibling("test"));
        return new ImageTest.Options(
                image,
                location,
                surroundings.home(),
                choice("--role", wishes.role(), Role.class),
                wishes.layout().orElse("default"),
                choice("--burn", wishes.burn(), Burn.class).orElse(Burn.METAL_HAMMER),
                wishes.userdata().orElse("cloud-init"),
                choice("--network", wishes.network(), ImageTest.Network.class).orElse(ImageTest.Network.FABRIC),
                wishes.memory().map(TestWork::mebibytes).orElse(USUAL_MEMORY),
                reports,
                wishes.keepDisks());
    }

    /** One of an enum's constants, by its name in lower case and with hyphens. */
    private static <E extends Enum<E>> Optional<E> choice(String option, Optional<String> text, Class<E> type) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        for (E constant : type.getEnumConstants()) {
            if (name(constant).equals(text.get())) {
                return Optional.of(constant);
            }
        }
        throw FaultException.wrongInput(
                option + " " + text.get() + ": there is no such choice.",
                "Choose one of: "
                        + String.join(
                                ", ",
                                List.of(type.getEnumConstants()).stream()
                                        .map(TestWork::name)
                                        .toList()));
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static int mebibytes(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw FaultException.wrongInput("--memory " + text + " is no size.", "Write it as 2048M or 2G.");
        }
        int unit = size.group(2).equalsIgnoreCase("G") ? 1024 : 1;
        return Math.multiplyExact(Integer.parseInt(size.group(1)), unit);
    }

    private TestReport test(ImageTest.Options wanted, Display display) throws IOException, InterruptedException {
        StateDirectory state = StateDirectory.fromEnvironment(surroundings.environment(), true);
        Snapshots snapshots = new Snapshots(state);
        try (WorkDirectory work = WorkDirectory.open(state, note -> display.report(new Progress.Event.Note(note)))) {
            ImageBuilder builder = new ImageBuilder(
                    Definitions.in(surroundings.definitions(), surroundings.environment()),
                    state,
                    work,
                    snapshots,
                    new BuildOptions(false, false),
                    surroundings.environment());
            ImageTest test =
                    new ImageTest(wanted, new Equipment(surroundings.home(), builder, snapshots, work), work, display);
            return wishes.keep() ? test.run((access, report) -> keep(access, report, display)) : test.run();
        }
    }

    /** Tells what was found and how to get into the machine, and waits until the user has enough. */
    private static void keep(ImageTest.Access access, TestReport report, Display display) throws InterruptedException {
        List.of(
                        report.passed() ? "All checks passed." : "Failed: " + failures(report),
                        "The machine goes on until Ctrl-C. To get in, from another terminal:",
                        String.join(" ", access.secureShell()),
                        "Its console, for the user " + access.user() + " with the password " + access.password()
                                + ", to be left by Ctrl-]:",
                        "socat -,raw,echo=0,escape=0x1d UNIX-CONNECT:" + access.consoleSocket())
                .forEach(line -> display.report(new Progress.Event.Note(line)));
        Thread.sleep(Duration.ofDays(365));
    }

    private static String failures(TestReport report) {
        List<String> failures = TestText.failures(report);
        int shown = Math.min(SHOWN_FAILURES, failures.size());
        return String.join(", ", failures.subList(0, shown))
                + (shown < failures.size() ? ", and " + (failures.size() - shown) + " more" : "");
    }

    private static void failOn(TestReport report) {
        if (report.passed()) {
            return;
        }
        throw new FaultException(
                FaultException.Category.FAILED_WORK,
                report.image() + " did not pass: " + failures(report) + ".",
                "Look at the machine that failed: metal-images test " + report.image() + " --keep",
                null);
    }
}
