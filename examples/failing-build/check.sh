echo "looking for the package torhc (a typing error)"
echo "ERROR: no package of that name" >&2
exit 1
