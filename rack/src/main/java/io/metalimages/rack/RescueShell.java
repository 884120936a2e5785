package io.metalimages.rack;

import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.engine.work.ProcessLauncher;
import io.metalimages.engine.work.WorkDirectory;
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
            mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp" "$root/etc"
            mount -t proc proc "$root/proc"
            mount --rbind /sys "$root/sys"
            mount --rbind /dev "$root/dev"
            mount -t tmpfs -o mode=0755 tmpfs "$root/run"
            mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
            if [ -e /etc/resolv.conf ]; then
                rm -f "$root/etc/resolv.conf"
                cat /etc/resolv.conf > "$root/etc/resolv.conf"
            fi
            cd /
            exec env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" "$@"
            """;

    private static final Step UNPACKING = new Step(1, "unpack the image as metal-hammer does", "");

    private final Path tarball;
    private final Path root;
    private final ProcessLauncher launcher;

    private RescueShell(Path tarball, Path root, ProcessLauncher launcher) {
        this.tarball = tarball;
        this.root = root;
        this.launcher = launcher;
    }

    /**
     * Unpacks an image.
     *
     * @param tarball an image's {@code img.tar.lz4}
     * @param work keeps the files
     * @throws FaultException if the image can't be unpacked
     */
    public static RescueShell unpack(Path tarball, WorkDirectory work, Progress progress)
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
        return new RescueShell(tarball, root, launcher);
    }

    /**
     * Runs a shell, or {@code command}, on this process's terminal until it ends.
     *
     * @param command what to run in place of a shell, if it is not empty
     * @return the exit status of what ran
     * @throws FaultException if the image holds no shell
     */
    public int run(List<String> command) throws IOException, InterruptedException {
        if (command.isEmpty() && !Files.isExecutable(root.resolve("bin/bash"))) {
            throw FaultException.wrongInput("There is no /bin/bash in " + tarball + ".", "Name a command to run.");
        }
        List<String> enter = new ArrayList<>(List.of(
                "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "sh", root.toString()));
        enter.addAll(command.isEmpty() ? List.of("/bin/bash", "--login") : command);
        return launcher.runOnTerminal(enter);
    }
}
