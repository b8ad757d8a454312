echo "Hello from job ${DOPQ_JOB:-?}, run as $(id -u):$(id -g)."
echo "This container has $(nproc) CPUs to look at and no GPU: NVIDIA_VISIBLE_DEVICES=${NVIDIA_VISIBLE_DEVICES:-unset}"
