package io.metalimages.cli.command.test;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.build.Definitions;
import io.metalimages.cli.command.ImageArgument;
import io.metalimages.cli.command.OutputDirectory;
import io.metalimages.cli.command.Privilege;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.ImageTest;
import io.metalimages.rack.checks.JunitReport;
import io.metalimages.rack.checks.TestReport;
import io.metalimages.supplychain.statement.TestProfile;
import io.metalimages.supplychain.statement.TestResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** What {@code metal-images test} does: from an image to a test result. */
final class TestWork {

    private static final int SHOWN_FAILURES = 10;
    private static final int MOST_REBOOTS = 100;

    /**
     * What the user asks for.
     *
     * @param reboots how often the machine is rebooted and checked again; once by default
     * @param baseline whether the system is measured by published rules
     * @param keep whether the machine goes on until the user interrupts
     * @param keepDisks where the disks go
     */
    record Request(
            MachineOptions machine,
            Optional<Integer> reboots,
            boolean baseline,
            Optional<Path> reports,
            Optional<Path> junit,
            boolean keep,
            Optional<Path> keepDisks) {}

    private final Request request;
    private final OutputOptions options;
    private final Definitions definitions;
    private final CommandContext context;
    private boolean isFetched;

    TestWork(Request request, Definitions definitions, OutputOptions options, CommandContext context) {
        this.request = request;
        this.definitions = definitions;
        this.options = options;
        this.context = context;
    }

    void test(String image, Report report) throws IOException, InterruptedException {
        Privilege.requireRoot();
        try (Display display = Display.open(options, context);
                ImageArgument argument = new ImageArgument(context, display)) {
            display.begin(image, "testing");
            MachineWork machine = new MachineWork(request.machine(), definitions, context);
            ImageTest.Options wanted = wanted(machine, image, argument.find(image));
            Path junit = request.junit().orElse(wanted.reports().resolve("junit.xml"));
            requireWritable(wanted, junit);
            TestReport tested = test(machine, wanted, junit, display, report);
            failOn(image, tested);
        }
    }

    private ImageTest.Options wanted(MachineWork machine, String image, ArtifactLocation location) throws IOException {
        isFetched = image.contains("://");
        Path reports = request.reports()
                .orElse(isFetched ? Path.of("test") : location.tarball().resolveSibling("test"));
        return machine.wanted(
                image, location, new ImageTest.Extent(reboots(), request.baseline()), reports, request.keepDisks());
    }

    private int reboots() {
        int reboots = request.reboots().orElse(1);
        if (reboots < 0 || reboots > MOST_REBOOTS) {
            throw FaultException.wrongInput(
                    "--reboots " + reboots + " is no number of reboots.",
                    "Give a number from 0 to " + MOST_REBOOTS + ".");
        }
        return reboots;
    }

    private void requireWritable(ImageTest.Options wanted, Path junit) {
        OutputDirectory.requireWritable("The reports", wanted.reports(), "--reports");
        OutputDirectory.requireWritable(
                "The results",
                Optional.ofNullable(junit.toAbsolutePath().getParent()).orElse(junit),
                "--junit");
        request.keepDisks().ifPresent(disks -> OutputDirectory.requireWritable("The disks", disks, "--keep-disks"));
    }

    private TestReport test(MachineWork machine, ImageTest.Options wanted, Path junit, Display display, Report report)
            throws IOException, InterruptedException {
        StateDirectory state = StateDirectory.fromEnvironment(context.environment(), true);
        try (WorkDirectory work = WorkDirectory.open(state, note -> display.report(new Progress.Event.Note(note)))) {
            Digest image = Digest.ofFile(wanted.image().tarball());
            ImageTest test = machine.test(wanted, state, work, display);
            if (!request.keep()) {
                TestReport tested = test.run();
                tell(tested, image, wanted, junit, report);
                return tested;
            }
            AtomicBoolean told = new AtomicBoolean();
            TestReport tested = test.run((access, soFar) -> {
                tell(soFar, image, wanted, junit, report);
                told.set(true);
                keep(access, soFar, display);
            });
            if (!told.get()) {
                tell(tested, image, wanted, junit, report);
            }
            return tested;
        }
    }

    private void tell(TestReport tested, Digest image, ImageTest.Options wanted, Path junit, Report report)
            throws IOException {
        new JunitReport(tested).write(junit);
        report.add(new TestedImage(
                tested,
                wanted.console(),
                Optional.of(wanted.journal()).filter(Files::exists),
                junit,
                record(tested.result(image), wanted)));
    }

    /**
     * Writes the test result: that of the full test, which {@code publish} asks for, beside the image; any other among the
     * reports, where it takes nothing from what the full one says. None of a file that was changed meanwhile.
     */
    private Optional<Path> record(TestResult result, ImageTest.Options wanted) throws IOException {
        if (!Digest.ofFile(wanted.image().tarball()).equals(result.tarball())) {
            return Optional.empty();
        }
        boolean full = result.profile() == TestProfile.required(result.image());
        boolean stays = !isFetched
                && Files.isWritable(wanted.image().tarball().toAbsolutePath().resolveSibling(""));
        return Optional.of(full && stays ? result.write(wanted.image()) : result.write(wanted.reports()));
    }

    /** Tells what was found and how to get into the machine, and waits until the user has enough. */
    private static void keep(ImageTest.Access access, TestReport report, Display display) throws InterruptedException {
        List.of(
                        report.passed() ? "All checks passed." : "Failed: " + failures(report),
                        "The machine goes on until Ctrl-C. To get in, from another terminal:",
                        ImageTest.Access.typed(access.secureShell()),
                        "Its console, for the user " + access.user() + " with the password " + access.password()
                                + ", to be left by Ctrl-]:",
                        ImageTest.Access.typed(access.console()))
                .forEach(line -> display.report(new Progress.Event.Note(line)));
        Thread.sleep(Duration.ofDays(365));
    }

    private static String failures(TestReport report) {
        List<String> failures = TestText.failures(report);
        int shown = Math.min(SHOWN_FAILURES, failures.size());
        return String.join(", ", failures.subList(0, shown))
                + (shown < failures.size() ? ", and " + (failures.size() - shown) + " more" : "");
    }

    private static void failOn(String image, TestReport report) {
        if (report.passed()) {
            return;
        }
        throw new FaultException(
                FaultException.Category.FAILED_WORK,
                image + " did not pass: " + failures(report) + ".",
                "Look at the machine that failed: metal-images test " + image + " --keep",
                null);
    }
}
