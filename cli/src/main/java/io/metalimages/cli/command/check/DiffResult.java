package io.metalimages.cli.command.check;

import io.metalimages.artifact.diff.FileChange;
import io.metalimages.artifact.diff.ImageDifference;
import io.metalimages.artifact.diff.ImageFile;
import io.metalimages.artifact.diff.PackageChanges;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.output.JsonText;
import io.metalimages.cli.output.Result;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Two images that were compared.
 *
 * @param older what the user calls the one
 * @param newer what the user calls the other
 */
record DiffResult(String older, String newer, ImageDifference difference, Extent extent) implements Result {

    /**
     * How much of it people are shown.
     *
     * @param depth of the directories whose sizes are told
     * @param all whether every line is shown, however many there are
     */
    record Extent(int depth, boolean all) {}

    @Override
    public List<String> text(Look look) {
        return new DiffText(look, extent).of(this);
    }

    @Override
    public List<String> brief() {
        return DiffText.brief(this);
    }

    @Override
    public Map<String, Object> json() {
        ImageDifference difference = difference();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("older", older());
        members.put("newer", newer());
        members.put("differs", !difference.isEmpty());
        difference.packages().ifPresent(changes -> members.put("packages", packages(changes)));
        ImageDifference.Growth total = difference.total();
        members.put("bytes", JsonText.pair("older", total.older(), "newer", total.newer()));
        members.put(
                "directories",
                difference.growth(extent().depth()).stream()
                        .map(DiffResult::growth)
                        .toList());
        members.put("added", files(difference.added()));
        members.put("removed", files(difference.removed()));
        Map<String, Object> changed = new LinkedHashMap<>();
        difference.changed().forEach((path, change) -> changed.put("/" + path, change(change)));
        members.put("changed", changed);
        return members;
    }

    private static Map<String, Object> packages(PackageChanges changes) {
        Map<String, Object> members = JsonText.pair("added", changes.added(), "removed", changes.removed());
        Map<String, Object> changed = new LinkedHashMap<>();
        changes.changed()
                .forEach((name, change) -> changed.put(name, JsonText.pair("from", change.from(), "to", change.to())));
        members.put("changed", changed);
        return members;
    }

    private static Map<String, Object> growth(ImageDifference.Growth growth) {
        Map<String, Object> members = JsonText.pair("older", growth.older(), "newer", growth.newer());
        members.put("directory", "/" + growth.directory());
        return members;
    }

    private static Map<String, Object> files(Map<String, ImageFile> files) {
        Map<String, Object> members = new LinkedHashMap<>();
        files.forEach((path, file) -> members.put("/" + path, file(file)));
        return members;
    }

    private static Map<String, Object> change(FileChange change) {
        Map<String, Object> members = JsonText.pair("older", file(change.older()), "newer", file(change.newer()));
        members.put(
                "aspects",
                change.aspects().stream().map(FileChange.Aspect::name).toList());
        return members;
    }

    private static Map<String, Object> file(ImageFile file) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("kind", file.kind().name());
        members.put("mode", "%04o".formatted(file.mode()));
        members.put("owner", file.owner());
        members.put("group", file.group());
        members.put("modified", file.modified());
        members.put("bytes", file.bytes());
        file.content().ifPresent(digest -> members.put("sha256", digest.hex()));
        if (!file.target().isEmpty()) {
            members.put("target", file.target());
        }
        if (!file.attributes().isEmpty()) {
            members.put("attributes", file.attributes());
        }
        return members;
    }
}
