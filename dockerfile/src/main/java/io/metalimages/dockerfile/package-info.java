/**
 * The Dockerfile language: from the text of a Dockerfile to a syntax tree, the expansion of variables in its words, and
 * the patterns of {@code .dockerignore} and {@code COPY}.
 *
 * <p>The package reads text that it is given. It never touches a file system, a network or an environment variable, never
 * decides what a build does with an instruction, and never prints. Whatever the text is, the answer is a tree or a
 * {@link io.metalimages.dockerfile.DockerfileException} that names file, line and next step; work and memory stay
 * proportional to the text, and nesting is bounded where the text could ask for any depth.
 *
 * <p>The tree holds words as they are written, because what they expand to is known only while building. Whoever builds
 * hands them to a {@link io.metalimages.dockerfile.words.WordExpander} with the variables of that moment.
 *
 * <p>Start reading at {@link io.metalimages.dockerfile.parse.DockerfileParser#parse} and {@link
 * io.metalimages.dockerfile.syntax.Instruction}. A text passes through {@code StatementReader} (physical lines become logical
 * ones, here-documents are collected), {@code StatementParser} (a line is split as its keyword demands, see {@code
 * Keyword}) and {@code InstructionParser} (the parts become an instruction or an error). Everything here is immutable and
 * safe for use by several threads.
 *
 * <p>The language is that of the Dockerfile reference, <a
 * href="https://docs.docker.com/reference/dockerfile/">docs.docker.com/reference/dockerfile</a>, including the parts
 * marked as experimental; where it is silent, BuildKit's behaviour decides.
 */
@NullMarked
package io.metalimages.dockerfile;

import org.jspecify.annotations.NullMarked;
