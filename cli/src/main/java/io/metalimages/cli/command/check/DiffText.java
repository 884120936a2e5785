package io.metalimages.cli.command.check;

import io.metalimages.artifact.diff.FileChange;
import io.metalimages.artifact.diff.FileChange.Aspect;
import io.metalimages.artifact.diff.ImageDifference;
import io.metalimages.artifact.diff.ImageFile;
import io.metalimages.artifact.diff.PackageChanges;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The difference of two images as text for people: packages, sizes, what guards files, and then the files. */
final class DiffText {

    private static final String INDENT = "    ";
    private static final int MOST_LINES = 20;

    /** What of a file decides on who can do what with it. */
    private static final Set<Aspect> GUARDS = Set.of(Aspect.KIND, Aspect.MODE, Aspect.OWNER, Aspect.ATTRIBUTES);

    private final OutputStyle outputStyle;
    private final DiffResult.Extent extent;

    DiffText(OutputStyle outputStyle, DiffResult.Extent extent) {
        this.outputStyle = outputStyle;
        this.extent = extent;
    }

    List<String> of(DiffResult result) {
        ImageDifference difference = result.difference();
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(
                Style.BOLD,
                DisplayText.line(result.older() + " " + outputStyle.glyphs().arrow() + " " + result.newer())));
        if (difference.isEmpty()) {
            lines.add("  " + outputStyle.styled(Style.GREEN, "A machine gets the same from both."));
            return lines;
        }
        difference
                .packages()
                .ifPresentOrElse(
                        changes -> section("Packages", counts(changes), packages(changes), lines),
                        () -> lines.add("  " + outputStyle.styled(Style.BOLD, "Packages")
                                + "  not compared: one of the images has no packages.txt"));
        section("Size", size(difference.total()), growth(difference), lines);
        List<String> guards = changes(difference, GUARDS);
        if (!guards.isEmpty()) {
            section("Rights", Quantity.count(guards.size(), "file"), guards, lines);
        }
        section("Files", counts(difference), files(difference), lines);
        return lines;
    }

    private void section(String title, String summary, List<String> entries, List<String> lines) {
        lines.add("  " + outputStyle.styled(Style.BOLD, title) + "  " + summary);
        int shown = extent.all() || entries.size() <= MOST_LINES + 1 ? entries.size() : MOST_LINES;
        entries.subList(0, shown).forEach(entry -> lines.add(INDENT + entry));
        if (shown < entries.size()) {
            lines.add(INDENT
                    + outputStyle.styled(
                            Style.FAINT,
                            outputStyle.glyphs().ellipsis() + " and " + Quantity.count(entries.size() - shown, "line")
                                    + " more: --all"));
        }
    }

    private static String counts(PackageChanges changes) {
        return "%,d added, %,d removed, %,d in another version"
                .formatted(
                        changes.added().size(),
                        changes.removed().size(),
                        changes.changed().size());
    }

    private static String counts(ImageDifference difference) {
        long changed = difference.changed().values().stream()
                .filter(DiffText::reachesMachine)
                .count();
        return "%,d added, %,d removed, %,d changed"
                .formatted(difference.added().size(), difference.removed().size(), changed);
    }

    private static boolean reachesMachine(FileChange change) {
        return !change.aspects().equals(Set.of(Aspect.TIME));
    }

    private List<String> packages(PackageChanges changes) {
        List<String> lines = new ArrayList<>();
        changes.added().forEach((name, version) -> lines.add(added(name + "  " + version)));
        changes.removed().forEach((name, version) -> lines.add(removed(name + "  " + version)));
        changes.changed()
                .forEach((name, change) -> lines.add(changed(name, List.of(step(change.from(), change.to())))));
        return lines;
    }

    private String size(ImageDifference.Growth total) {
        return step(Quantity.bytes(total.older()), Quantity.bytes(total.newer())) + ", " + signed(total.bytes());
    }

    private List<String> growth(ImageDifference difference) {
        return difference.growth(extent.depth()).stream()
                .map(growth -> "%11s  %s".formatted(signed(growth.bytes()), DisplayText.line("/" + growth.directory())))
                .toList();
    }

    private static String signed(long bytes) {
        return (bytes < 0 ? "-" : "+") + Quantity.bytes(Math.abs(bytes));
    }

    private List<String> files(ImageDifference difference) {
        List<String> lines = new ArrayList<>();
        together(difference.added()).forEach((path, count) -> lines.add(added(path + contents(count))));
        together(difference.removed()).forEach((path, count) -> lines.add(removed(path + contents(count))));
        lines.addAll(changes(difference, Set.of(Aspect.CONTENT, Aspect.TARGET)));
        return lines;
    }

    private static String contents(int files) {
        return files == 0 ? "" : "  with " + Quantity.count(files, "file");
    }

    /** Paths with how many others lie below them: these are not named themselves. */
    private static SortedMap<String, Integer> together(SortedMap<String, ImageFile> files) {
        SortedMap<String, Integer> tops = new TreeMap<>();
        files.forEach((path, file) -> {
            Optional<String> top = topDirectory(path, files);
            if (top.isPresent()) {
                tops.merge("/" + top.get() + "/", 1, Integer::sum);
            } else {
                tops.putIfAbsent("/" + path + (file.kind() == ImageFile.Kind.DIRECTORY ? "/" : ""), 0);
            }
        });
        return tops;
    }

    /** The highest directory above {@code path} that is one of {@code files}. */
    private static Optional<String> topDirectory(String path, SortedMap<String, ImageFile> files) {
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            String directory = path.substring(0, slash);
            if (files.containsKey(directory)) {
                return Optional.of(directory);
            }
        }
        return Optional.empty();
    }

    /** The files of which one of these aspects changed, with what became of these. */
    private List<String> changes(ImageDifference difference, Set<Aspect> wanted) {
        List<String> lines = new ArrayList<>();
        difference.changed().forEach((path, change) -> {
            List<String> facts = change.aspects().stream()
                    .filter(wanted::contains)
                    .map(aspect -> fact(aspect, change.older(), change.newer()))
                    .toList();
            if (!facts.isEmpty()) {
                lines.add(changed("/" + path, facts));
            }
        });
        return lines;
    }

    private String fact(Aspect aspect, ImageFile older, ImageFile newer) {
        return switch (aspect) {
            case KIND -> step(kind(older), kind(newer));
            case CONTENT ->
                older.bytes() == newer.bytes()
                        ? Quantity.bytes(older.bytes()) + ", other ones"
                        : step(Quantity.bytes(older.bytes()), Quantity.bytes(newer.bytes()));
            case MODE -> "mode " + step(mode(older), mode(newer));
            case OWNER -> "owner " + step(owner(older), owner(newer));
            case TARGET -> "to " + step(older.target(), newer.target());
            case ATTRIBUTES -> "attributes " + step(attributes(older), attributes(newer));
            case TIME -> throw new IllegalArgumentException("times are not told");
        };
    }

    private static String kind(ImageFile file) {
        return switch (file.kind()) {
            case FILE -> "file";
            case DIRECTORY -> "directory";
            case SYMBOLIC_LINK -> "symbolic link";
        };
    }

    private static String mode(ImageFile file) {
        return "%04o".formatted(file.mode());
    }

    private static String owner(ImageFile file) {
        return file.owner() + ":" + file.group();
    }

    private static String attributes(ImageFile file) {
        return file.attributes().isEmpty()
                ? "none"
                : String.join(", ", file.attributes().keySet());
    }

    private String step(String from, String to) {
        return from + " " + outputStyle.glyphs().arrow() + " " + to;
    }

    private String added(String text) {
        return outputStyle.styled(Style.GREEN, "+ " + DisplayText.line(text));
    }

    private String removed(String text) {
        return outputStyle.styled(Style.RED, "- " + DisplayText.line(text));
    }

    private String changed(String name, List<String> facts) {
        return "  " + DisplayText.line(name + "  " + String.join(", ", facts));
    }

    /** A line for each file that differs, for programs that read lines. */
    static List<String> brief(DiffResult result) {
        List<String> lines = new ArrayList<>();
        result.difference().added().keySet().forEach(path -> lines.add("+ " + DisplayText.line("/" + path)));
        result.difference().removed().keySet().forEach(path -> lines.add("- " + DisplayText.line("/" + path)));
        result.difference().changed().forEach((path, change) -> {
            if (reachesMachine(change)) {
                lines.add("~ " + DisplayText.line("/" + path));
            }
        });
        return lines;
    }
}
