package io.metalimages.build.image;

import io.metalimages.common.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** An OCI image layout with one image, written by hand. */
final class Layout {

    private final Path directory;
    private final List<String> layers = new ArrayList<>();
    private final List<String> unpacked = new ArrayList<>();

    Layout(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory.resolve("blobs/sha256"));
        Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}");
    }

    Layout layer(byte[] archive) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream output = new GZIPOutputStream(compressed)) {
            output.write(archive);
        }
        unpacked.add("\"sha256:" + Digest.of(archive).hex() + "\"");
        layers.add(blob("application/vnd.oci.image.layer.v1.tar+gzip", compressed.toByteArray()));
        return this;
    }

    /** Ends the image. */
    Path image(String config) throws IOException {
        String configuration = blob("application/vnd.oci.image.config.v1+json", """
                {"architecture": "%s", "os": "linux", "config": %s, "rootfs": {"type": "layers", "diff_ids": [%s]}}""".formatted(
                        System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64",
                        config,
                        String.join(", ", unpacked))
                .getBytes(StandardCharsets.UTF_8));
        String type = "application/vnd.oci.image.manifest.v1+json";
        String manifest = blob(type, """
                {"schemaVersion": 2, "mediaType": "%s", "config": %s, "layers": [%s]}""".formatted(type, configuration, String.join(", ", layers))
                .getBytes(StandardCharsets.UTF_8));
        Files.writeString(directory.resolve("index.json"), "{\"schemaVersion\": 2, \"manifests\": [" + manifest + "]}");
        return directory;
    }

    private String blob(String type, byte[] content) throws IOException {
        String digest = Digest.of(content).hex();
        Files.write(directory.resolve("blobs/sha256").resolve(digest), content);
        return "{\"mediaType\": \"%s\", \"digest\": \"sha256:%s\", \"size\": %d}"
                .formatted(type, digest, content.length);
    }
}
