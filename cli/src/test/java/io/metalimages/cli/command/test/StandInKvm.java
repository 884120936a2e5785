package io.metalimages.cli.command.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/** Whatever this machine's KVM does, a program that is started by {@link #command} sees another one. */
enum StandInKvm {
    ABSENT(""),
    /** A device that can be opened; what becomes of machines is up to QEMU, so to a stand-in for that. */
    PRESENT("touch /dev/kvm && mount --bind /dev/null /dev/kvm");

    private final String device;

    StandInKvm(String device) {
        this.device = device;
    }

    /**
     * What a program has to be started by, as root, to have a {@code /dev} of its own.
     *
     * @param directory for this test
     */
    List<String> command(Path directory) throws IOException {
        Path devices = Files.createDirectory(directory.resolve("devices"));
        String script = """
                set -e
                mount --rbind /dev %1$s
                mount -t tmpfs devices /dev
                for device in %1$s/*; do
                    name=${device##*/}
                    if [ "$name" = kvm ]; then
                        continue
                    elif [ -L "$device" ]; then
                        cp --no-dereference "$device" "/dev/$name"
                        continue
                    elif [ -d "$device" ]; then
                        mkdir "/dev/$name"
                    else
                        touch "/dev/$name"
                    fi
                    mount --rbind "$device" "/dev/$name"
                done
                %2$s
                exec "$@"
                """.formatted(devices, device);
        return List.of("unshare", "--mount", "sh", "-c", script, "sh");
    }

    /**
     * A {@code PATH} with a QEMU on it which emulates whatever is to be run by KVM in the probe, and lets every other machine
     * come to the end that {@code behaviour} says.
     *
     * @param behaviour see {@code stand-in-qemu} among the rack's tests
     */
    static Map<String, String> path(Path directory, String behaviour) throws IOException {
        Path programs = Files.createDirectory(directory.resolve("programs"));
        String standIn = Files.readString(Path.of("../rack/src/test/resources/stand-in-qemu"));
        program(programs.resolve("works"), standIn.replace("'BEHAVIOUR'", "'works'"));
        program(programs.resolve("fails"), standIn.replace("'BEHAVIOUR'", "'" + behaviour + "'"));
        String path = System.getenv("PATH");
        program(programs.resolve("qemu-system-x86_64"), """
                #!/bin/sh
                case " $* " in
                *" -accel kvm "*" -netdev "*) exec %1$s/fails "$@" ;;
                *" -accel kvm "*) exec %1$s/works "$@" ;;
                esac
                PATH='%2$s' exec qemu-system-x86_64 "$@"
                """.formatted(programs, path));
        return Map.of("PATH", programs + ":" + path);
    }

    private static void program(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
