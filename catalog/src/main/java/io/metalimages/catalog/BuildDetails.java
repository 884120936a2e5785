package io.metalimages.catalog;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.packages.InstalledPackages;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.supplychain.packages.SecurityUpdates;
import io.metalimages.supplychain.statement.TestResult;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * All that is known of a build, as its page shows it.
 *
 * @param packages empty if the image has no list of them, or one that is too long to be shown
 * @param descriptions what packages are, by their names, as far as their list tells
 * @param test what came of its test, if that was published with it
 * @param comparison with the build before it, if there is one and both have lists of packages
 */
record BuildDetails(
        Build build,
        PublishedImage image,
        Optional<InstalledPackages> packages,
        SortedMap<String, String> descriptions,
        Optional<SecurityUpdates> security,
        Optional<Signature> signature,
        Optional<TestResult> test,
        Optional<Comparison> comparison) {

    private static final String TARBALL = ArtifactLocation.TARBALL;

    /** What Debian, Ubuntu and those with rpm call it. */
    private static final Pattern KERNEL = Pattern.compile("linux-image-[0-9].*(?<!-dbg)|kernel-core");

    /** The file that machines fetch. */
    PublishedImage.PublishedFile tarball() {
        return Build.tarball(image);
    }

    /** Whether it passed its full test. What was published without a test result is what its index says. */
    boolean isTested() {
        return test.isPresent()
                ? shortfall().isEmpty()
                : image.tested() && image.file(ArtifactLocation.TEST_RESULT).isEmpty();
    }

    /** Why its test result does not show that it passed its full test; empty if it does, or if it has none. */
    Optional<String> shortfall() {
        return test.flatMap(result ->
                result.shortfall(tarball().fingerprint().sha256(), image.name().toString()));
    }

    /** Where a file lies by its plain name. */
    ObjectKey place(PublishedImage.PublishedFile file) {
        return build.channel().directory(image.name()).resolve(file.name());
    }

    /** What lists tell of it. */
    BuildSummary summary() {
        return new BuildSummary(packageCount(), kernel(), comparison.map(Comparison::changes));
    }

    /** The version of its Linux, without that of the package. */
    Optional<String> kernel() {
        return packages.stream()
                .flatMap(list -> list.versions().entrySet().stream())
                .filter(entry -> KERNEL.matcher(entry.getKey()).matches())
                .map(entry -> entry.getValue().last().replaceFirst("-.*", ""))
                .findFirst();
    }

    int packageCount() {
        return packages.map(list -> list.versions().size()).orElse(0);
    }

    /** What a file of an image is for; empty if that is not known. */
    static String meaning(String file) {
        return switch (file) {
            case TARBALL -> "root file system";
            case TARBALL + ".md5" -> "checksum for machines";
            case TARBALL + ".sha256" -> "checksum for people";
            case ArtifactLocation.PACKAGES -> "packages and versions";
            case "sbom.cdx.json" -> "bill of materials, CycloneDX";
            case "sbom.spdx.json" -> "bill of materials, SPDX";
            case "security-updates.json" -> "security updates of two years";
            case "provenance.json" -> "what it was built from";
            case "provenance.intoto.jsonl" -> "what it was built from, signed";
            case "test-result.json" -> "what came of its test";
            case "test-result.intoto.jsonl" -> "what came of its test, signed";
            default -> "";
        };
    }

    /** A package in a table. */
    record PackageRow(String name, String version, String description) {}

    List<PackageRow> packageRows() {
        return packages.stream()
                .flatMap(list -> list.versions().entrySet().stream())
                .map(entry -> new PackageRow(
                        entry.getKey(),
                        String.join(", ", entry.getValue()),
                        descriptions.getOrDefault(entry.getKey(), "")))
                .toList();
    }
}
