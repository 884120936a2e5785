package io.metalimages.build.differential;

import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The system that cases start from with {@code FROM base}: busybox, some users, and places to copy to. */
final class Base {

    private static final List<String> PROGRAMS = List.of(
            "cat", "chmod", "chown", "cp", "echo", "env", "find", "grep", "head", "id", "ln", "ls", "mkdir", "mkfifo",
            "mknod", "mount", "mv", "printf", "pwd", "rm", "rmdir", "sed", "seq", "sh", "sort", "stat", "tar", "test",
            "touch", "tr", "true", "wc");

    private Base() {}

    /** Skips the test if this machine has no busybox. */
    static void write(Path directory) throws IOException {
        Path programs = Files.createDirectories(directory.resolve("bin"));
        Files.copy(Host.busybox(), programs.resolve("busybox"));
        for (String program : PROGRAMS) {
            Files.createSymbolicLink(programs.resolve(program), Path.of("busybox"));
        }
        Path configuration = Files.createDirectories(directory.resolve("etc"));
        Files.writeString(configuration.resolve("passwd"), """
                root:x:0:0:root:/root:/bin/sh
                bin:x:2:2:bin:/bin:/bin/sh
                app:x:1000:1001:An application:/home/app:/bin/sh
                """);
        Files.writeString(configuration.resolve("group"), """
                root:x:0:
                bin:x:2:
                app:x:1001:
                team:x:1002:app
                """);
        for (String name : List.of("home/app", "root", "srv", "tmp", "proc", "sys", "dev")) {
            Files.createDirectories(directory.resolve(name));
        }
        Files.setAttribute(directory.resolve("root"), "unix:mode", 0700);
        Files.setAttribute(directory.resolve("tmp"), "unix:mode", 01777);
        Files.createSymbolicLink(directory.resolve("srv-link"), Path.of("srv"));
        for (Path path : List.of(directory, programs, configuration)) {
            Files.setAttribute(path, "unix:mode", 0755);
        }
    }
}
