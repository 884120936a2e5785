package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.WhiteSpace;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Splits a logical line into keyword, flags and arguments. */
final class StatementParser {

    private final WordSplitter splitter;

    StatementParser(char escape) {
        this.splitter = new WordSplitter(escape);
    }

    Statement parse(Source source) {
        String line = source.logicalLine();
        int end = wordEnd(line, 0);
        Keyword keyword = Keyword.of(line.substring(0, end), source.range());
        WordSplitter.Flagged flagged = splitter.flags(line.substring(blankEnd(line, end)));
        Arguments arguments = arguments(keyword, WhiteSpace.strip(flagged.rest()), source);
        return new Statement(source, keyword, flagged.flags(), arguments, List.of());
    }

    private Arguments arguments(Keyword keyword, String rest, Source source) {
        if (rest.isEmpty()) {
            return new Arguments.Nothing();
        }
        return switch (keyword.shape()) {
            case TEXT -> new Arguments.Text(rest);
            case WORDS -> new Arguments.Words(wordsAtBlanks(rest));
            case QUOTED_WORDS -> new Arguments.Words(splitter.words(rest));
            case ASSIGNMENTS -> assignments(keyword, rest, source);
            case JSON_OR_TEXT -> json(rest, source).orElseGet(() -> new Arguments.Text(rest));
            case JSON_OR_WORDS -> json(rest, source).orElseGet(() -> new Arguments.Words(wordsAtBlanks(rest)));
            case CHECK -> check(rest, source);
            case TRIGGER -> trigger(rest, source);
        };
    }

    /** Empty if the text is no JSON array, which makes it an ordinary command or path. */
    private static Optional<Arguments> json(String rest, Source source) {
        return switch (JsonArray.parse(rest)) {
            case JsonArray.Strings(List<String> elements) -> Optional.of(new Arguments.Json(elements));
            case JsonArray.OtherValues _ ->
                throw new DockerfileException(
                        source.range(),
                        "The JSON array holds something other than strings.",
                        "Put each element in double quotes.");
            case JsonArray.NotJson _ -> Optional.empty();
        };
    }

    private Arguments assignments(Keyword keyword, String rest, Source source) {
        List<String> words = splitter.words(rest);
        if (!words.isEmpty() && words.getFirst().indexOf('=') < 0) {
            int end = wordEnd(rest, 0);
            if (end == rest.length()) {
                throw new DockerfileException(
                        source.range(),
                        keyword + " has a name but no value.",
                        "Write " + keyword + " NAME=VALUE; the value may be empty.");
            }
            String value = rest.substring(blankEnd(rest, end));
            return new Arguments.Assignments(List.of(new Instruction.Assignment(rest.substring(0, end), value)), true);
        }
        List<Instruction.Assignment> assignments = new ArrayList<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw new DockerfileException(
                        source.range(),
                        "There is no = in " + Excerpt.of(word) + ".",
                        "Write name=value for each; a value with blanks goes in double quotes.");
            }
            assignments.add(new Instruction.Assignment(word.substring(0, equals), word.substring(equals + 1)));
        }
        return new Arguments.Assignments(assignments, false);
    }

    private static Arguments check(String rest, Source source) {
        int end = 0;
        while (end < rest.length() && !WhiteSpace.is(rest.charAt(end))) {
            end++;
        }
        String command = WhiteSpace.strip(rest.substring(end));
        Arguments arguments = command.isEmpty()
                ? new Arguments.Nothing()
                : json(command, source).orElseGet(() -> new Arguments.Text(command));
        return new Arguments.Check(rest.substring(0, end), arguments);
    }

    private Arguments trigger(String rest, Source source) {
        Keyword keyword = Keyword.of(rest.substring(0, wordEnd(rest, 0)), source.range());
        if (keyword == Keyword.ONBUILD) {
            throw new DockerfileException(
                    source.range(), "ONBUILD can't be the trigger of ONBUILD.", "Write ONBUILD once.");
        }
        return new Arguments.Trigger(parse(new Source(source.range(), rest, rest)));
    }

    private static List<String> wordsAtBlanks(String text) {
        List<String> words = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = wordEnd(text, start);
            words.add(text.substring(start, end));
            start = blankEnd(text, end);
        }
        return words;
    }

    private static int wordEnd(String text, int start) {
        int end = start;
        while (end < text.length() && !WhiteSpace.isBlank(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static int blankEnd(String text, int start) {
        int end = start;
        while (end < text.length() && WhiteSpace.isBlank(text.charAt(end))) {
            end++;
        }
        return end;
    }
}
