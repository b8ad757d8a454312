// Before the first paint, so that a chosen theme does not flash. A file of its own: the page allows no inline script.
(() => {
  try {
    const theme = localStorage.getItem('dopq.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the page follows the system.
  }
  if (new URLSearchParams(location.search).has('tv')) document.documentElement.dataset.view = 'tv';
})();
