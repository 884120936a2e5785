package io.metalimages.pipeline.docker;

import io.metalimages.artifact.tar.FileTree;
import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.artifact.tar.TarHeader;
import io.metalimages.common.Digest;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.JsonDocument;
import io.metalimages.registry.image.Layer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * An image in files: an OCI image layout, see the OCI image specification's image-layout.md, and with {@code manifest.json} what
 * {@code docker load} takes. The same image gives the same bytes.
 */
final class ImageArchive {

    private static final String BLOBS = "blobs/sha256";
    private static final String REFERENCE = "org.opencontainers.image.ref.name";
    private static final String DOCKER_NAME = "io.containerd.image.name";

    private final LayeredImage image;
    private final List<ImageReference> names;
    private final boolean layout;

    /** @param layout whether {@code docker load} need not take it */
    ImageArchive(LayeredImage image, List<ImageReference> names, boolean layout) {
        this.image = image;
        this.names = names;
        this.layout = layout;
    }

    /** Takes what an archive consists of, directories before what is in them. */
    private interface Sink {

        void directory(String path) throws IOException;

        void file(String path, byte[] content) throws IOException;

        void file(String path, Path content) throws IOException;
    }

    private void writeTo(Sink sink) throws IOException {
        sink.directory("blobs");
        sink.directory(BLOBS);
        Set<Digest> written = new LinkedHashSet<>();
        for (Layer layer : image.layers()) {
            if (written.add(layer.descriptor().digest())) {
                sink.file(blob(layer.descriptor()), layer.file());
            }
        }
        sink.file(blob(image.configurationDescriptor()), image.configuration().bytes());
        sink.file(blob(image.manifest().descriptor()), image.manifest().bytes());
        sink.file("index.json", index());
        if (!layout) {
            sink.file("manifest.json", dockerManifest());
        }
        sink.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
    }

    private static String blob(Descriptor descriptor) {
        return BLOBS + "/" + descriptor.digest().hex();
    }

    /** Lists the image once for each name, as one descriptor has one. */
    private byte[] index() {
        List<Map<String, Object>> manifests = new ArrayList<>();
        for (ImageReference name : names) {
            Map<String, Object> manifest = manifest();
            Map<String, String> annotations = new TreeMap<>();
            annotations.put(DOCKER_NAME, name.toString());
            annotations.put(REFERENCE, name.tag().orElse("latest"));
            manifest.put("annotations", annotations);
            manifests.add(manifest);
        }
        if (manifests.isEmpty()) {
            manifests.add(manifest());
        }
        Map<String, Object> index = new LinkedHashMap<>();
        index.put("schemaVersion", 2);
        index.put("mediaType", "application/vnd.oci.image.index.v1+json");
        index.put("manifests", manifests);
        return JsonDocument.write(index);
    }

    private Map<String, Object> manifest() {
        Descriptor descriptor = image.manifest().descriptor();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("mediaType", descriptor.mediaType());
        members.put("digest", Descriptor.written(descriptor.digest()));
        members.put("size", descriptor.size());
        return members;
    }

    /** See Docker's image specification 1.2: a list of images, with the names as {@code docker images} shows them. */
    private byte[] dockerManifest() {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("Config", blob(image.configurationDescriptor()));
        entry.put("RepoTags", names.stream().map(ImageArchive::familiar).toList());
        entry.put(
                "Layers",
                image.layers().stream().map(layer -> blob(layer.descriptor())).toList());
        String object = new String(JsonDocument.write(entry), StandardCharsets.UTF_8);
        return ("[" + object + "]").getBytes(StandardCharsets.UTF_8);
    }

    private static String familiar(ImageReference name) {
        return name.toString().replaceFirst("^docker\\.io/(?:library/)?", "");
    }

    /**
     * Writes a tar.
     *
     * @param date of its entries
     */
    void writeTar(OutputStream output, Instant date) throws IOException {
        writeTo(new Sink() {
            @Override
            public void directory(String path) throws IOException {
                output.write(header(TarEntry.Type.DIRECTORY, path, 0755, 0));
            }

            @Override
            public void file(String path, byte[] content) throws IOException {
                output.write(header(TarEntry.Type.FILE, path, 0644, content.length));
                output.write(content);
                output.write(new byte[TarHeader.padding(content.length)]);
            }

            @Override
            public void file(String path, Path content) throws IOException {
                long size = Files.size(content);
                output.write(header(TarEntry.Type.FILE, path, 0644, size));
                Files.copy(content, output);
                output.write(new byte[TarHeader.padding(size)]);
            }

            private byte[] header(TarEntry.Type type, String path, int mode, long size) {
                return TarHeader.encode(
                        new TarEntry(type, path, mode, 0, 0, date.getEpochSecond(), size, "", new TreeMap<>()));
            }
        });
        output.write(new byte[FileTree.END_BYTES]);
        output.flush();
    }

    /** Writes the same into a directory. */
    void writeDirectory(Path directory) throws IOException {
        Files.createDirectories(directory);
        writeTo(new Sink() {
            @Override
            public void directory(String path) throws IOException {
                Files.createDirectories(directory.resolve(path));
            }

            @Override
            public void file(String path, byte[] content) throws IOException {
                Files.write(directory.resolve(path), content);
            }

            @Override
            public void file(String path, Path content) throws IOException {
                Files.copy(content, directory.resolve(path), StandardCopyOption.REPLACE_EXISTING);
            }
        });
    }
}
