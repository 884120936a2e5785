package io.metalimages.cli.command.check;

import io.metalimages.artifact.diff.FileChange;
import io.metalimages.artifact.diff.ImageDifference;
import io.metalimages.artifact.diff.ImageFile;
import io.metalimages.artifact.diff.PackageChanges;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.output.Result;
import io.metalimages.common.Digest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;

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
    public List<String> text(OutputStyle outputStyle) {
        return new DiffText(outputStyle, extent).of(this);
    }

    @Override
    public List<String> brief() {
        return DiffText.brief(this);
    }

    /**
     * What programs are told.
     *
     * @param packages empty if one of the images has no list of them
     */
    record Document(
            String older,
            String newer,
            boolean differs,
            Optional<PackageChanges> packages,
            Sizes bytes,
            List<Directory> directories,
            Map<String, File> added,
            Map<String, File> removed,
            Map<String, ChangedFile> changed) {}

    record Sizes(long older, long newer) {}

    record Directory(long older, long newer, String directory) {

        Directory(ImageDifference.Growth growth) {
            this(growth.older(), growth.newer(), "/" + growth.directory());
        }
    }

    /**
     * A file of an image.
     *
     * @param mode in octal
     * @param modified in seconds since 1970
     */
    record File(
            ImageFile.Kind kind,
            String mode,
            long owner,
            long group,
            long modified,
            long bytes,
            Optional<String> sha256,
            Optional<String> target,
            Optional<SortedMap<String, String>> attributes) {

        File(ImageFile file) {
            this(
                    file.kind(),
                    "%04o".formatted(file.mode()),
                    file.owner(),
                    file.group(),
                    file.modified(),
                    file.bytes(),
                    file.content().map(Digest::hex),
                    Optional.of(file.target()).filter(target -> !target.isEmpty()),
                    Optional.of(file.attributes()).filter(attributes -> !attributes.isEmpty()));
        }
    }

    record ChangedFile(File older, File newer, Set<FileChange.Aspect> aspects) {

        ChangedFile(FileChange change) {
            this(new File(change.older()), new File(change.newer()), change.aspects());
        }
    }

    @Override
    public Document json() {
        ImageDifference.Growth total = difference.total();
        return new Document(
                older,
                newer,
                !difference.isEmpty(),
                difference.packages(),
                new Sizes(total.older(), total.newer()),
                difference.growth(extent.depth()).stream().map(Directory::new).toList(),
                byPath(difference.added(), File::new),
                byPath(difference.removed(), File::new),
                byPath(difference.changed(), ChangedFile::new));
    }

    private static <T, R> Map<String, R> byPath(Map<String, T> files, Function<T, R> conversion) {
        Map<String, R> converted = new LinkedHashMap<>();
        files.forEach((path, file) -> converted.put("/" + path, conversion.apply(file)));
        return converted;
    }
}
