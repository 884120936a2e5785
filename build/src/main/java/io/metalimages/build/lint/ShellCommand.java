package io.metalimages.build.lint;

import io.metalimages.dockerfile.syntax.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One command of a {@code RUN}, as far as it can be told without a shell.
 *
 * @param words the program first, without what stands before it: assignments, {@code sudo}, words of the shell's grammar
 */
record ShellCommand(List<String> words) {

    private static final Pattern ASSIGNMENT = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*=.*");

    private static final Set<String> BEFORE_A_PROGRAM = Set.of(
            "sudo",
            "exec",
            "command",
            "env",
            "time",
            "nice",
            "if",
            "then",
            "else",
            "elif",
            "while",
            "until",
            "do",
            "!",
            "{",
            "(",
            "eatmydata");

    ShellCommand {
        words = List.copyOf(words);
    }

    /** What a command runs, as one text. */
    static String script(Command command) {
        return switch (command) {
            case Command.Exec exec -> String.join(" ", exec.arguments());
            case Command.Shell shell -> shell.script();
            case Command.Script script -> script.heredoc().body();
        };
    }

    /** The commands of a script, in order; pipes and lists are taken apart. */
    static List<ShellCommand> in(String script) {
        List<ShellCommand> commands = new ArrayList<>();
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        char quote = 0;
        for (int position = 0; position < script.length(); position++) {
            char character = script.charAt(position);
            if (quote != 0) {
                if (character == quote) {
                    quote = 0;
                } else {
                    word.append(character);
                }
            } else if (character == '\'' || character == '"') {
                quote = character;
            } else if (character == '#' && word.isEmpty()) {
                while (position + 1 < script.length() && script.charAt(position + 1) != '\n') {
                    position++;
                }
            } else if (Character.isWhitespace(character) || isSeparator(character)) {
                endWord(word, words);
                if (character == '\n' || isSeparator(character)) {
                    endCommand(words, commands);
                }
            } else {
                word.append(character);
            }
        }
        endWord(word, words);
        endCommand(words, commands);
        return commands;
    }

    private static boolean isSeparator(char character) {
        return character == ';' || character == '&' || character == '|';
    }

    private static void endWord(StringBuilder word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    private static void endCommand(List<String> words, List<ShellCommand> commands) {
        int start = 0;
        while (start < words.size()
                && (BEFORE_A_PROGRAM.contains(words.get(start))
                        || ASSIGNMENT.matcher(words.get(start)).matches())) {
            start++;
        }
        if (start < words.size()) {
            commands.add(new ShellCommand(words.subList(start, words.size())));
        }
        words.clear();
    }

    /** The program's name, without its directory. */
    String program() {
        return words.getFirst().substring(words.getFirst().lastIndexOf('/') + 1);
    }

    boolean has(String word) {
        return words.contains(word);
    }

    /** Whether the first word that is no option is one of {@code names}: {@code apt-get -y update}. */
    boolean does(String... names) {
        return words.stream()
                .skip(1)
                .filter(word -> !word.startsWith("-"))
                .findFirst()
                .filter(List.of(names)::contains)
                .isPresent();
    }

    /** The words behind the first one of {@code names}, without options. */
    List<String> operands(String... names) {
        int index = 1;
        while (index < words.size() && !List.of(names).contains(words.get(index))) {
            index++;
        }
        return words.stream()
                .skip(index + 1L)
                .filter(word -> !word.startsWith("-"))
                .toList();
    }
}
