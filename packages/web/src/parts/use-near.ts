import { type RefObject, useEffect, useRef, useState } from 'react';

/** So far outside of what is in sight, a thing counts as near. */
const MARGIN = '600px';

/** Whether an element is in sight or was so once: what nobody scrolls to is neither asked for nor drawn. */
export function useNear<T extends Element>(): [RefObject<T | null>, boolean] {
  const ref = useRef<T>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element || isNear) return undefined;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setNear(true),
      { rootMargin: MARGIN },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [isNear]);
  return [ref, isNear];
}
