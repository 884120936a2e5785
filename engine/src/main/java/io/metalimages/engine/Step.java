package io.metalimages.engine;

/**
 * One operation as a user sees it.
 *
 * @param number counts from 1 within one solve, in the order in which the operations stand in their source
 * @param name what it does in the user's own words, in one line: {@code [system 3/7] RUN apt-get update}
 * @param location where it is written, {@code Dockerfile:12}; empty when it stands in no file
 */
public record Step(int number, String name, String location) {}
