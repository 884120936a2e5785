package io.metalimages.cli.command.store;

import io.metalimages.artifact.diff.PackageChanges;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Release;
import io.metalimages.store.channel.ReleaseNotes;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.push.ReleaseTags;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A release that was made, or would be.
 *
 * @param store its address
 * @param base where the store is for the public
 * @param markdown the notes
 * @param dryRun whether it only would be
 * @param tagged what has got tags in a registry
 */
record ReleaseResult(
        String store,
        Release release,
        PublicUrl base,
        String markdown,
        boolean dryRun,
        List<ReleaseTags.TaggedImage> tagged)
        implements Result {

    /** Nothing but the notes: they are there to be put on a page. */
    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        if (dryRun) {
            lines.addAll(plan(outputStyle));
            lines.add("");
        }
        markdown.lines().map(DisplayText::line).forEach(lines::add);
        return lines;
    }

    private List<String> plan(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(
                Style.BOLD,
                DisplayText.line(release.channel().path() + " in " + store
                        + (release.begun() ? " is there, and would be finished" : " would be made"))));
        release.images()
                .forEach(image -> lines.add("  "
                        + outputStyle.styled(Style.GREEN, outputStyle.glyphs().done()) + " " + image.name()
                        + outputStyle.glyphs().separator() + "sha256 "
                        + image.files().getFirst().fingerprint().sha256()
                        + (image.tested() ? "" : outputStyle.glyphs().separator() + "untested")));
        for (ReleaseTags.TaggedImage image : tagged) {
            lines.add("    tag " + image.reference() + " "
                    + outputStyle.glyphs().arrow() + " " + String.join(", ", image.tags()));
        }
        lines.add("  The notes would be:");
        return lines;
    }

    @Override
    public List<String> brief() {
        return List.of(StoreLayout.directory(release.channel()).value());
    }

    /**
     * What programs are told.
     *
     * @param begun whether the release was there already, and is finished
     * @param gone images of the release before which this one has not
     * @param notes the downloads table, and what has changed, as Markdown
     */
    record Document(
            String store,
            String release,
            boolean dryRun,
            boolean begun,
            Optional<String> previous,
            List<Image> images,
            List<String> gone,
            List<Tagged> tagged,
            String notes) {}

    /**
     * An image of the release, and what has changed since the release before.
     *
     * @param reason why the change is not known
     */
    record Image(
            String image,
            String url,
            boolean tested,
            String sha256,
            Change change,
            Optional<String> reason,
            Optional<Map<String, String>> added,
            Optional<Map<String, String>> removed,
            Optional<Map<String, PackageChanges.Change>> changed,
            Optional<List<ReleaseNotes.SecurityChange>> security) {}

    enum Change {
        NEW,
        NONE,
        OTHER,
        UNKNOWN
    }

    record Tagged(String reference, List<String> tags) {}

    @Override
    public Document json() {
        ReleaseNotes notes = release.notes();
        return new Document(
                store,
                release.channel().path(),
                dryRun,
                release.begun(),
                notes.previous().map(Channel::path),
                notes.images().stream().map(this::released).toList(),
                notes.gone().stream().map(ImageName::toString).toList(),
                tagged.stream()
                        .map(image -> new Tagged(image.reference().toString(), image.tags()))
                        .toList(),
                markdown);
    }

    private Image released(ReleaseNotes.ImageNotes notes) {
        return switch (notes.change()) {
            case ReleaseNotes.Change.New() ->
                released(notes.image(), Change.NEW, Optional.empty(), Optional.empty(), Optional.empty());
            case ReleaseNotes.Change.None() ->
                released(notes.image(), Change.NONE, Optional.empty(), Optional.empty(), Optional.empty());
            case ReleaseNotes.Change.Unknown(String reason) ->
                released(notes.image(), Change.UNKNOWN, Optional.of(reason), Optional.empty(), Optional.empty());
            case ReleaseNotes.Change.Other(PackageChanges packages, ReleaseNotes.SecurityChanges security) ->
                released(
                        notes.image(),
                        Change.OTHER,
                        Optional.empty(),
                        Optional.of(packages),
                        security instanceof ReleaseNotes.SecurityChanges.Known(var changes)
                                ? Optional.of(changes)
                                : Optional.empty());
        };
    }

    private Image released(
            PublishedImage image,
            Change change,
            Optional<String> reason,
            Optional<PackageChanges> packages,
            Optional<List<ReleaseNotes.SecurityChange>> security) {
        PublishedImage.PublishedFile tarball = image.files().getFirst();
        return new Image(
                image.name().toString(),
                base.of(StoreLayout.directory(release.channel(), image.name()).resolve(tarball.name())),
                image.tested(),
                tarball.fingerprint().sha256().hex(),
                change,
                reason,
                packages.map(PackageChanges::added),
                packages.map(PackageChanges::removed),
                packages.map(PackageChanges::changed),
                security);
    }
}
