package io.metalimages.artifact;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where the files of an artifact are, or should be.
 *
 * @param tarball {@code img.tar.lz4}
 * @param md5File its {@code .md5}
 * @param sha256File its {@code .sha256}
 * @param packages {@code packages.txt}, beside it
 */
public record ArtifactLocation(Path tarball, Path md5File, Path sha256File, Path packages) {

    /** The root file system. */
    public static final String TARBALL = "img.tar.lz4";
    /** Of the name of the file with its MD5. */
    public static final String MD5_SUFFIX = ".md5";
    /** Of the name of the file with its SHA-256. */
    public static final String SHA256_SUFFIX = ".sha256";
    /** The list of its packages. */
    public static final String PACKAGES = "packages.txt";

    /** The signed form of {@link #PROVENANCE}. */
    public static final String SIGNATURE = "provenance.intoto.jsonl";

    /** What an image was made from, and the digests of all its files. */
    public static final String PROVENANCE = "provenance.json";

    /** What came of the test of the tarball. */
    public static final String TEST_RESULT = "test-result.json";

    /** The signed form of {@link #TEST_RESULT}. */
    public static final String TEST_RESULT_SIGNATURE = "test-result.intoto.jsonl";

    /** The bill of materials in the format CycloneDX. */
    public static final String CYCLONEDX = "sbom.cdx.json";

    /** The bill of materials in the format SPDX. */
    public static final String SPDX = "sbom.spdx.json";

    /** The security updates that the packages had of late. */
    public static final String SECURITY_UPDATES = "security-updates.json";

    /** The names of the files that may lie beside a tarball and tell of it, each behind those that it tells of. */
    public static final List<String> SIDECARS =
            List.of(SECURITY_UPDATES, CYCLONEDX, SPDX, PROVENANCE, SIGNATURE, TEST_RESULT, TEST_RESULT_SIGNATURE);

    /** Those of them that are made when the build is done, and that no build makes. */
    public static final Set<String> MADE_LATER = Set.of(SIGNATURE, TEST_RESULT, TEST_RESULT_SIGNATURE);

    /** The artifact whose tarball is the file {@code tarball}. */
    public static ArtifactLocation of(Path tarball) {
        String name = tarball.getFileName().toString();
        return new ArtifactLocation(
                tarball,
                tarball.resolveSibling(name + MD5_SUFFIX),
                tarball.resolveSibling(name + SHA256_SUFFIX),
                tarball.resolveSibling(PACKAGES));
    }

    /** The artifact in the directory {@code directory}. */
    public static ArtifactLocation in(Path directory) {
        return of(directory.resolve(TARBALL));
    }

    /** All files of the artifact that are there, by name: the tarball and its checksums first. */
    public SequencedMap<String, Path> files() {
        SequencedMap<String, Path> files = new LinkedHashMap<>();
        Stream.concat(
                        Stream.of(tarball, md5File, sha256File, packages),
                        SIDECARS.stream().map(this::sidecar))
                .filter(Files::isRegularFile)
                .forEach(file -> files.put(file.getFileName().toString(), file));
        return files;
    }

    /** A file beside the tarball. */
    public Path sidecar(String name) {
        return tarball.resolveSibling(name);
    }

    /**
     * What a user means by {@code image}: a tarball, a directory with one, or the name of an image below {@code images},
     * such as {@code debian/12}; in this order.
     */
    public static Optional<ArtifactLocation> find(String image, Path images) {
        Path path = Path.of(image);
        if (Files.isRegularFile(path)) {
            return Optional.of(of(path));
        }
        return Stream.of(path, images.resolve(image))
                .map(ArtifactLocation::in)
                .filter(location -> Files.isRegularFile(location.tarball()))
                .findFirst();
    }

    /** The names of all images below {@code images}, sorted. */
    public static List<String> names(Path images) throws IOException {
        if (!Files.isDirectory(images)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(images, 3)) {
            return files.filter(file -> file.endsWith(TARBALL))
                    .map(file -> images.relativize(file.resolveSibling("")).toString())
                    .filter(name -> !name.isEmpty())
                    .sorted()
                    .toList();
        }
    }
}
