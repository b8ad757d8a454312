# Eight epochs of one second: time enough to watch it with `dopq logs -f`.
epochs=${EPOCHS:-8}
epoch=1
while [ "$epoch" -le "$epochs" ]; do
  sleep 1
  echo "epoch $epoch of $epochs, loss 0.$((90 / epoch))"
  epoch=$((epoch + 1))
done
echo "done"
