package io.metalimages.cli.command.store;

import io.metalimages.artifact.diff.PackageChanges;
import io.metalimages.cli.command.push.ReleaseTags;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.JsonText;
import io.metalimages.cli.output.Result;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Release;
import io.metalimages.store.channel.ReleaseNotes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
        String base,
        String markdown,
        boolean dryRun,
        List<ReleaseTags.TaggedImage> tagged)
        implements Result {

    /** Nothing but the notes: they are there to be put on a page. */
    @Override
    public List<String> text(Look look) {
        List<String> lines = new ArrayList<>();
        if (dryRun) {
            lines.addAll(plan(look));
            lines.add("");
        }
        markdown.lines().map(DisplayText::line).forEach(lines::add);
        return lines;
    }

    private List<String> plan(Look look) {
        List<String> lines = new ArrayList<>();
        lines.add(look.styled(
                Style.BOLD,
                DisplayText.line(release.channel().path() + " in " + store
                        + (release.begun() ? " is there, and would be finished" : " would be made"))));
        release.images()
                .forEach(image ->
                        lines.add("  " + look.styled(Style.GREEN, look.glyphs().done()) + " " + image.name()
                                + look.glyphs().separator() + "sha256 "
                                + image.files().getFirst().fingerprint().sha256()
                                + (image.tested() ? "" : look.glyphs().separator() + "untested")));
        for (ReleaseTags.TaggedImage image : tagged) {
            lines.add("    tag " + image.reference() + " " + look.glyphs().arrow() + " "
                    + String.join(", ", image.tags()));
        }
        lines.add("  The notes would be:");
        return lines;
    }

    @Override
    public List<String> brief() {
        return List.of("metal-os/" + release.channel().path());
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("store", store());
        members.put("release", release().channel().path());
        members.put("dryRun", dryRun());
        members.put("begun", release().begun());
        ReleaseNotes notes = release().notes();
        notes.previous().ifPresent(previous -> members.put("previous", previous.path()));
        members.put(
                "images",
                notes.images().stream().map(image -> released(this, image)).toList());
        members.put("gone", notes.gone().stream().map(ImageName::toString).toList());
        List<Map<String, Object>> tags = new ArrayList<>();
        for (ReleaseTags.TaggedImage image : tagged()) {
            tags.add(JsonText.pair("reference", image.reference().toString(), "tags", image.tags()));
        }
        members.put("tagged", tags);
        members.put("notes", markdown());
        return members;
    }

    private static Map<String, Object> released(ReleaseResult result, ReleaseNotes.ImageNotes notes) {
        PublishedImage image = notes.image();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", image.name().toString());
        members.put(
                "url",
                result.base() + "/metal-os/" + result.release().channel().path() + "/" + image.name() + "/"
                        + image.files().getFirst().name());
        members.put("tested", image.tested());
        members.put("sha256", image.files().getFirst().fingerprint().sha256().hex());
        switch (notes.change()) {
            case ReleaseNotes.Change.New() -> members.put("change", "NEW");
            case ReleaseNotes.Change.None() -> members.put("change", "NONE");
            case ReleaseNotes.Change.Unknown(String reason) -> {
                members.put("change", "UNKNOWN");
                members.put("reason", reason);
            }
            case ReleaseNotes.Change.Other(PackageChanges packages, ReleaseNotes.SecurityChanges security) -> {
                members.put("change", "OTHER");
                members.put("added", packages.added());
                members.put("removed", packages.removed());
                members.put("changed", packages.changed());
                if (security instanceof ReleaseNotes.SecurityChanges.Known(List<ReleaseNotes.SecurityChange> changes)) {
                    members.put("security", changes);
                }
            }
        }
        return members;
    }
}
