package io.metalimages.rack.checks;

import io.metalimages.common.FaultException;
import io.metalimages.rack.machine.SecureShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory on a machine's disk, of the user's own, in which programs may be run, and which outlasts a restart. */
public final class MachineDirectory {

    /** Where the files may lie on the machine: what is mounted without the permission to run programs is no good. */
    private static final String UNPACK = """
            set -eu
            for parent in "${TMPDIR:-/var/tmp}" "$HOME" /tmp; do
                directory="$(mktemp -d "$parent/metal-images-test.XXXXXXXX")" || continue
                printf '#!/bin/sh\\n' > "$directory/probe"
                chmod 0700 "$directory/probe"
                if "$directory/probe" 2> /dev/null; then
                    rm "$directory/probe"
                    tar --extract --no-same-owner --directory "$directory"
                    echo "$directory"
                    exit 0
                fi
                rm -r "$directory"
            done
            echo 'There is no directory in which programs may be run.' >&2
            exit 1
            """;

    private MachineDirectory() {}

    /**
     * Brings the files of an archive to a machine. The archive is deleted.
     *
     * @return the directory that they are in
     * @throws FaultException if they could not be brought there
     */
    public static String unpack(SecureShell shell, Path archive) throws IOException, InterruptedException {
        SecureShell.CommandResult answer = shell.run(UNPACK, archive);
        Files.delete(archive);
        if (answer.status() != 0) {
            throw FaultException.failed(
                    "Files could not be brought to the machine: "
                            + answer.errors().strip(),
                    null);
        }
        return answer.output().strip();
    }
}
