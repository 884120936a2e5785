package io.metalimages.engine.exec;

import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Copies of this machine's name resolution, so that a container can use the network but change nothing here. */
public final class NetworkFiles {

    private NetworkFiles() {}

    public static List<OciRuntime.BindMount> of(WorkDirectory work) throws IOException {
        Path directory = work.newDirectory("network");
        Path resolver = directory.resolve("resolv.conf");
        Path ours = Path.of("/etc/resolv.conf");
        Files.writeString(resolver, Files.exists(ours) ? Files.readString(ours) : "");
        Path hosts = directory.resolve("hosts");
        Files.writeString(hosts, "127.0.0.1 localhost build\n::1 localhost\n");
        return List.of(
                OciRuntime.BindMount.of(resolver, "/etc/resolv.conf", false),
                OciRuntime.BindMount.of(hosts, "/etc/hosts", false));
    }
}
