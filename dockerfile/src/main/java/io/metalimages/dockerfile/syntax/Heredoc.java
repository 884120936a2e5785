package io.metalimages.dockerfile.syntax;

/**
 * A here-document: text that follows an instruction and belongs to it.
 *
 * @param name the word that ends it, without quotes
 * @param content the lines between, as they are in the file, each with its line break
 * @param expand whether variables in it are to be expanded, that is, whether no part of the word was quoted
 * @param stripTabs whether it was opened with {@code <<-}, so that tabs at the start of its lines don't count
 */
public record Heredoc(String name, String content, boolean expand, boolean stripTabs) {

    /** The content without the tabs that don't count. */
    public String body() {
        if (!stripTabs) {
            return content;
        }
        StringBuilder body = new StringBuilder(content.length());
        boolean atLineStart = true;
        for (int position = 0; position < content.length(); position++) {
            char character = content.charAt(position);
            if (atLineStart && character == '\t') {
                continue;
            }
            body.append(character);
            atLineStart = character == '\n';
        }
        return body.toString();
    }
}
