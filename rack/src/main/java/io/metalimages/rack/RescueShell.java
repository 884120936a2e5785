package io.metalimages.rack;

import io.metalimages.engine.FaultException;
import io.metalimages.engine.ProcessLauncher;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.engine.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A shell in an image as it is on a server's disk: unpacked with metal-hammer's losses, with the file systems mounted that
 * a rescue needs. The installer has not run. What is changed there is lost.
 */
public final class RescueShell {

    /** Owners, directory modes, times and extended attributes are lost, as metal-hammer loses them. */
    private static final String UNPACK = """
            set -o pipefail
            lz4 -dc "$1" | tar --extract --directory "$2" --preserve-permissions --no-same-owner --touch &&
                find "$2" -type d ! -perm 0755 -exec chmod 0755 {} +
            """;

    /** Runs in mount and process namespaces of its own, so nothing has to be unmounted. */
    private static final String ENTER = """
            set -e
            root=$1
            shift
            mount --bind "$root" "$root"
            mount -t proc proc "$root/proc"
            mount --rbind /sys "$root/sys"
            mount --rbind /dev "$root/dev"
            mount -t tmpfs -o mode=0755 tmpfs "$root/run"
            mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
            if [ -e /etc/resolv.conf ]; then
                rm -f "$root/etc/resolv.conf"
                cat /etc/resolv.conf > "$root/etc/resolv.conf"
            fi
            exec chroot "$root" "$@"
            """;

    private static final Step UNPACKING = new Step(1, "unpack the image as metal-hammer does", "");

    private RescueShell() {}

    /**
     * Runs a shell, or {@code command}, on this process's terminal until it ends.
     *
     * @param tarball an image's {@code img.tar.lz4}
     * @param command what to run in place of a shell, if it is not empty
     * @return the exit status of what ran
     * @throws FaultException if the image can't be unpacked, or holds no shell
     */
    public static int open(Path tarball, List<String> command, WorkDirectory work, Progress progress)
            throws IOException, InterruptedException {
        Path root = unpack(tarball, work, progress);
        if (command.isEmpty() && !Files.exists(root.resolve("bin/bash"))) {
            throw FaultException.wrongInput("There is no /bin/bash in " + tarball + ".", "Name a command to run.");
        }
        List<String> enter = new ArrayList<>(List.of(
                "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "sh", root.toString()));
        enter.addAll(command.isEmpty() ? List.of("/bin/bash", "--login") : command);
        return work.launcher().runOnTerminal(enter);
    }

    private static Path unpack(Path tarball, WorkDirectory work, Progress progress)
            throws IOException, InterruptedException {
        Path root = work.newDirectory("burned");
        List<String> output = new ArrayList<>();
        long begun = System.nanoTime();
        progress.report(new Progress.Event.Planned(List.of(UNPACKING)));
        progress.report(new Progress.Event.Started(UNPACKING, "a shell needs its files"));
        ProcessLauncher launcher = work.launcher();
        int status = launcher.run(
                List.of("bash", "-c", UNPACK, "bash", tarball.toString(), root.toString()), Map.of(), output::add);
        if (status != 0) {
            throw FaultException.failed(
                    tarball + " could not be unpacked: "
                            + String.join("; ", output.stream().limit(3).toList()),
                    null);
        }
        progress.report(new Progress.Event.Finished(UNPACKING, Duration.ofNanos(System.nanoTime() - begun)));
        return root;
    }
}
