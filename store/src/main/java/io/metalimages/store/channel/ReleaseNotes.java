package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.diff.PackageChanges;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is in a release, and what changed against the one before. Immutable.
 *
 * @param previous what it is compared with; empty for the first release of a store
 * @param images all of the release, in the order of their names
 * @param gone images that the previous release has and this one has not
 */
public record ReleaseNotes(
        Channel.Release release, Optional<Channel.Release> previous, List<ImageNotes> images, List<ImageName> gone) {

    public ReleaseNotes {
        images = List.copyOf(images);
        gone = List.copyOf(gone);
    }

    /** What there is to say of an image. */
    public record ImageNotes(PublishedImage image, Change change) {}

    /** What became of an image since the previous release. */
    public sealed interface Change {

        /** The previous release did not have it, or there is none. */
        record New() implements Change {}

        /** Byte by byte the same. */
        record None() implements Change {}

        /** It is another one. */
        record Other(PackageChanges packages, SecurityChanges security) implements Change {}

        /**
         * It cannot be told.
         *
         * @param reason a whole sentence
         */
        record Unknown(String reason) implements Change {}
    }

    /** The security updates that an image has and its predecessor does not. */
    public sealed interface SecurityChanges {

        /** Those that the changelogs of the packages tell of, by source package; may be none. */
        record Known(List<SecurityChange> changes) implements SecurityChanges {

            public Known {
                changes = List.copyOf(changes);
            }
        }

        /**
         * Nothing tells of them.
         *
         * @param reason a whole sentence
         */
        record Unknown(String reason) implements SecurityChanges {}
    }

    /**
     * A source package that had security updates.
     *
     * @param version what the image has now
     * @param vulnerabilities the CVEs that its changelog names; may be none
     */
    public record SecurityChange(String source, String version, List<String> vulnerabilities) {

        public SecurityChange {
            vulnerabilities = List.copyOf(vulnerabilities);
        }
    }

    /**
     * The notes in Markdown, as GitHub and GitLab show it.
     *
     * @param base where the store is for the public, without a slash at its end
     */
    public String toMarkdown(PublicUrl base) {
        List<String> lines = new ArrayList<>(downloads(base));
        lines.add("");
        lines.add(previous.map(release -> "## Changes since " + release.path()).orElse("## Changes"));
        for (ImageNotes notes : images) {
            lines.add("");
            lines.add("### " + notes.image().name());
            lines.add("");
            lines.addAll(lines(notes));
        }
        if (!gone.isEmpty()) {
            lines.add("");
            lines.add("### No longer in this release");
            lines.add("");
            gone.forEach(name -> lines.add("- " + name));
        }
        return String.join("\n", lines) + "\n";
    }

    /** The table of all images with their addresses. */
    private List<String> downloads(PublicUrl base) {
        List<String> lines = new ArrayList<>(
                List.of("## Downloads", "", "| IMAGE | URL | CHECKSUM | PACKAGES |", "| --- | --- | --- | --- |"));
        for (ImageNotes notes : images) {
            String directory =
                    base.of(StoreLayout.directory(release, notes.image().name()));
            lines.add("| " + notes.image().name() + " | <" + directory + "/" + ArtifactLocation.TARBALL + "> | <"
                    + directory + "/" + ArtifactLocation.TARBALL + ".md5> | <" + directory + "/"
                    + ArtifactLocation.PACKAGES + "> |");
        }
        return lines;
    }

    private static List<String> lines(ImageNotes notes) {
        List<String> lines = new ArrayList<>();
        lines.add("Published on " + LocalDate.ofInstant(notes.image().published(), ZoneOffset.UTC)
                + notes.image()
                        .commit()
                        .map(commit -> " from commit " + code(commit))
                        .orElse("")
                + ". SHA-256 of the tarball: "
                + code(notes.image().files().getFirst().fingerprint().sha256().hex()) + "."
                + (notes.image().tested() ? "" : " **This image passed no test.**"));
        lines.add("");
        switch (notes.change()) {
            case Change.New() -> lines.add("New in this release.");
            case Change.None() -> lines.add("Unchanged.");
            case Change.Unknown(String reason) -> lines.add(reason);
            case Change.Other(PackageChanges packages, SecurityChanges security) -> {
                lines.addAll(lines(security));
                lines.add("");
                lines.addAll(lines(packages));
            }
        }
        return lines;
    }

    private static List<String> lines(SecurityChanges security) {
        return switch (security) {
            case SecurityChanges.Unknown(String reason) -> List.of("Security updates: " + reason);
            case SecurityChanges.Known(List<SecurityChange> changes)
            when changes.isEmpty() -> List.of("Security updates: none that the changelogs of the packages tell of.");
            case SecurityChanges.Known(List<SecurityChange> changes) -> {
                List<String> lines = new ArrayList<>(List.of("Security updates:", ""));
                changes.forEach(change -> lines.add("- " + code(change.source()) + " " + code(change.version())
                        + (change.vulnerabilities().isEmpty()
                                ? ""
                                : ": " + String.join(", ", change.vulnerabilities()))));
                yield lines;
            }
        };
    }

    private static List<String> lines(PackageChanges packages) {
        if (packages.isEmpty()) {
            return List.of("All packages have the versions that they had.");
        }
        record Row(String name, String from, String to) {}
        List<Row> rows = new ArrayList<>();
        packages.added().forEach((name, version) -> rows.add(new Row(name, "added", code(version))));
        packages.removed().forEach((name, version) -> rows.add(new Row(name, code(version), "removed")));
        for (Map.Entry<String, PackageChanges.Change> changed :
                packages.changed().entrySet()) {
            rows.add(new Row(
                    changed.getKey(),
                    code(changed.getValue().from()),
                    code(changed.getValue().to())));
        }
        rows.sort(Comparator.comparing(Row::name));
        List<String> lines = new ArrayList<>(List.of("| PACKAGE | FROM | TO |", "| --- | --- | --- |"));
        rows.forEach(row -> lines.add("| " + code(row.name()) + " | " + row.from() + " | " + row.to() + " |"));
        return lines;
    }

    /** Text of a package, which is foreign, as Markdown's code: without what would end that, a table's cell or the line. */
    private static String code(String text) {
        return "`" + text.replaceAll("[`|\\\\\\p{Cntrl}]", "?") + "`";
    }
}
