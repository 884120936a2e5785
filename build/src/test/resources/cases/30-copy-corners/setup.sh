#!/bin/sh
# modes that matter
chmod 700 d d/sub; chmod 600 d/sub/h
