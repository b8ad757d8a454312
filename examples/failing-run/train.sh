echo "reading the data set"
echo "ERROR: /data/images is not there" >&2
exit 3
