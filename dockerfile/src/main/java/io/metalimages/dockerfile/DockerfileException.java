package io.metalimages.dockerfile;

/**
 * A text that is not what the language asks for. {@link #getMessage()} is {@code file:line: problem}, in whole sentences;
 * {@link #hint()} is the next step.
 */
public final class DockerfileException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient SourceRange range;
    private final String problem;
    private final String hint;

    public DockerfileException(SourceRange range, String problem, String hint) {
        super(range + ": " + problem);
        this.range = range;
        this.problem = problem;
        this.hint = hint;
    }

    /** The lines of the instruction that is at fault. */
    public SourceRange range() {
        return range;
    }

    /** What is wrong, in whole sentences, without file and line. */
    public String problem() {
        return problem;
    }

    /** What to do about it, in whole sentences. */
    public String hint() {
        return hint;
    }
}
