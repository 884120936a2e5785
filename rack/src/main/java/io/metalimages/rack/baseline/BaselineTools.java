package io.metalimages.rack.baseline;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.ProcessLauncher;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.MachineDirectory;
import io.metalimages.rack.checks.Score;
import io.metalimages.rack.machine.Acceleration;
import io.metalimages.rack.machine.SecureShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Measures a machine with the tools that {@code rack/baseline/Dockerfile} makes: brings them there, runs them as root, and
 * takes them away again. Not thread-safe.
 */
public final class BaselineTools {

    /** OpenSCAP's profile: what its guide recommends for every system, whatever it is for. */
    private static final String PROFILE = "xccdf_org.ssgproject.content_profile_standard";

    /** Where the processor runs the guest. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** What {@code timeout} exits with. */
    private static final int TIMED_OUT = 124;

    /** What came of a measurement. */
    public record Result(List<CheckResult> checks, List<Score> scores) {}

    private final Path archive;
    private final String guide;
    private final WriteOffs writeOffs;

    private BaselineTools(Path archive, String guide, WriteOffs writeOffs) {
        this.archive = archive;
        this.guide = guide;
        this.writeOffs = writeOffs;
    }

    /**
     * Packs the tools, for one measurement of a system.
     *
     * @param root what {@code rack/baseline/Dockerfile} made
     * @param osId {@code ID} of the system's {@code /etc/os-release}
     * @param osVersion its {@code VERSION_ID}
     * @param tests a directory such as {@code os/tests}
     * @param scratch a directory for a file
     * @throws FaultException of the category {@code WRONG_INPUT} if OpenSCAP has no guide for it, or the list of write-offs
     *     is wrong
     */
    public static BaselineTools pack(
            Path root, String osId, String osVersion, Path tests, Path scratch, ProcessLauncher launcher)
            throws IOException, InterruptedException {
        Path tools = root.resolve("baseline");
        String guide = "ssg-" + osId + osVersion + "-ds.xml";
        if (!Files.isRegularFile(tools.resolve("guides").resolve(guide))) {
            throw FaultException.wrongInput(
                    "OpenSCAP has no guide for " + osId + " " + osVersion + ".", "Leave out --baseline.");
        }
        WriteOffs writeOffs = WriteOffs.read(tests.resolve("allowed/baseline"));
        Path archive = Files.createTempFile(scratch, "baseline", ".tar");
        List<String> messages = new ArrayList<>();
        int status = launcher.run(
                List.of("tar", "--create", "--file", archive.toString(), "--directory", tools.toString(), "."),
                Map.of(),
                messages::add);
        if (status != 0) {
            throw FaultException.failed(
                    "The tools of the baseline could not be packed: " + String.join(" ", messages), null);
        }
        return new BaselineTools(archive, guide, writeOffs);
    }

    /**
     * Measures a machine. It takes minutes where its processor is emulated.
     *
     * @param password for sudo
     * @throws FaultException if the tools could not be run, or took too long
     */
    public Result measure(SecureShell shell, String password, Acceleration acceleration)
            throws IOException, InterruptedException {
        String directory = MachineDirectory.unpack(shell, archive);
        Duration limit = acceleration.limit(LIMIT);
        SecureShell.CommandResult result =
                shell.run("""
                cd %1$s && IFS= read -r password || exit
                printf '%%s\\n' "$password" | sudo --stdin --prompt= -- sh -c '
                timeout %2$d ./measure %3$s %4$s
                status=$?
                rm -rf %1$s
                exit $status'
                """.formatted(directory, limit.toSeconds(), guide, PROFILE), password + "\n");
        if (result.status() == TIMED_OUT) {
            throw FaultException.failed("The baseline was not measured within " + limit.toMinutes() + " min.", null);
        }
        if (result.status() != 0) {
            throw FaultException.failed(
                    "The baseline could not be measured: " + result.errors().strip(), null);
        }
        Measurement measured = Measurement.read(result.output());
        return new Result(writeOffs.judge(measured.rules()), measured.scores());
    }
}
