package io.metalimages.cli;

import io.metalimages.store.channel.Release;
import java.util.ArrayList;
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
        return JsonText.release(this);
    }
}
